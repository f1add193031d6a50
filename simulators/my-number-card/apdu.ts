/** A command APDU (ISO/IEC 7816-3 §12.1). `ne` is the requested length of the response; absent without an Le field. */
export interface Command {
  cla: number;
  ins: number;
  p1: number;
  p2: number;
  data: Uint8Array;
  ne?: number;
}

/** A handler's answer; the transport cuts `data` to Ne. */
export interface Answer {
  status: number;
  data?: Uint8Array;
}

/**
 * Parses a command APDU in all seven cases, short and extended.
 *
 * An Le of 00 means 256, an extended one of 0000 means 65536. Returns `undefined` if header, Lc and Le do not match the length:
 * the card answers that with 6700.
 */
export function parseCommand(bytes: Uint8Array): Command | undefined {
  const [cla, ins, p1, p2, first] = bytes;
  if (cla === undefined || ins === undefined || p1 === undefined || p2 === undefined) return undefined;
  const header = { cla, ins, p1, p2 };
  if (first === undefined) return { ...header, data: new Uint8Array() };
  if (bytes.length === 5) return { ...header, data: new Uint8Array(), ne: first || 256 };

  const extended = first === 0;
  const twoBytes = (at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  if (extended && bytes.length === 7) return { ...header, data: new Uint8Array(), ne: twoBytes(5) || 65_536 };

  const lc = extended ? twoBytes(5) : first;
  const start = extended ? 7 : 5;
  const end = start + lc;
  if (lc === 0 || bytes.length < end) return undefined;
  const data = bytes.slice(start, end);
  if (bytes.length === end) return { ...header, data };
  if (extended && bytes.length === end + 2) return { ...header, data, ne: twoBytes(end) || 65_536 };
  if (!extended && bytes.length === end + 1) return { ...header, data, ne: (bytes[end] ?? 0) || 256 };
  return undefined;
}

/** A response APDU: data, then SW1 SW2. */
export function encodeResponse(status: number, data: Uint8Array = new Uint8Array()): Uint8Array {
  const response = new Uint8Array(data.length + 2);
  response.set(data);
  response.set([status >> 8, status & 0xff], data.length);
  return response;
}
