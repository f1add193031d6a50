import type { Transmit } from "./sign-card.ts";

/** One exchange with a card, in readable form, without secrets. */
export interface Exchange {
  /** The command in hex, a PIN as `**`. */
  command: string;
  /** The command's meaning. */
  meaning: string;
  /** The status word in hex; empty if the card did not answer. */
  status: string;
  /** The status word's meaning. */
  outcome: string;
  /** Bytes of data in the response. */
  bytes: number;
}

const applications: Record<string, string> = {
  d392f000260100000001: "the JPKI application",
  d3921000310001010408: "the input-assist application",
  d3921000310001010402: "the card-surface application",
};
/** Elementary files of the JPKI application. */
const files: Record<string, string> = {
  "0001": "the sign certificate",
  "0002": "the sign CA's certificate",
  "0006": "the token information",
  "000a": "the auth certificate",
  "000b": "the auth CA's certificate",
  "0017": "the auth key",
  "0018": "the auth PIN",
  "001a": "the sign key",
  "001b": "the sign PIN",
};
const statuses: Record<string, string> = {
  "9000": "done",
  "6282": "the file ended before",
  "6700": "wrong length",
  "6881": "logical channels are not supported",
  "6882": "secure messaging is not supported",
  "6884": "command chaining is not supported",
  "6981": "not for this kind of file",
  "6982": "the PIN was not verified",
  "6983": "the PIN is locked",
  "6984": "there is no such PIN to compare with",
  "6985": "not at this point",
  "6986": "no file is selected",
  "6a80": "wrong data",
  "6a82": "there is no such file or application",
  "6a86": "wrong P1 P2",
  "6b00": "beyond the file's end",
  "6d00": "unknown instruction",
  "6e00": "unknown class",
};

/**
 * Explains an exchange (ISO/IEC 7816-4). The data of VERIFY and CHANGE REFERENCE DATA is a PIN, right or wrong, and so may be
 * anything that is not a valid command: none of it is shown.
 */
export function explain(command: Uint8Array, response: Uint8Array | undefined): Exchange {
  const status = response && response.length >= 2 ? hex(response.slice(-2)) : "";
  return {
    command: shown(command),
    meaning: meaningOf(command),
    status,
    outcome: outcomeOf(status),
    bytes: Math.max((response?.length ?? 2) - 2, 0),
  };
}

/** A `transmit` that reports each exchange, including one without an answer. */
export const traced =
  (transmit: Transmit, report: (exchange: Exchange) => void): Transmit =>
  async (apdu) => {
    let response: Uint8Array | undefined;
    try {
      response = await transmit(apdu);
      return response;
    } finally {
      report(explain(apdu, response));
    }
  };

/** An exchange on one line. */
export const lineOf = ({ command, meaning, status, outcome, bytes }: Exchange): string =>
  `${command}  ${meaning} → ${status || "----"} ${outcome}${bytes > 0 ? ` (${bytes} bytes)` : ""}`;

const instructions = {
  verify: 0x20,
  change: 0x24,
  reset: 0x2c,
  sign: 0x2a,
  select: 0xa4,
  read: 0xb0,
} as const;
const secret: readonly (number | undefined)[] = [
  instructions.verify,
  instructions.change,
  instructions.reset,
];
const harmless: readonly (number | undefined)[] = [instructions.select, instructions.read];

function shown(command: Uint8Array): string {
  const head = hex(command.slice(0, 4));
  const body = command.slice(4);
  if (body.length === 0) return spaced(head);
  if (harmless.includes(command[1])) return spaced(head + hex(body));
  // The length is omitted too, because it helps guessing.
  return `${spaced(head)} ${secret.includes(command[1]) ? "**" : `… ${body.length} bytes`}`;
}

function meaningOf([cla, ins, p1 = 0, p2 = 0, ...body]: Uint8Array): string {
  const data = hex(Uint8Array.from(body.slice(1, 1 + (body[0] ?? 0))));
  switch (ins ?? -1) {
    case instructions.select:
      return p1 === 0x04
        ? `select ${applications[data] ?? "another application"}`
        : `select ${files[data] ?? "a file"}`;
    case instructions.verify:
      return body.length === 0 ? "ask for the tries left" : "verify a PIN";
    case instructions.change:
      return "change a PIN";
    case instructions.reset:
      return "reset a PIN's counter";
    case instructions.read:
      return `read from byte ${(p1 << 8) | p2}`;
    case instructions.sign:
      return "sign a digest";
    case 0xc0:
      return "get the rest of the answer";
    default:
      return `unknown command (class ${hex(Uint8Array.of(cla ?? 0))})`;
  }
}

function outcomeOf(status: string): string {
  if (status === "") return "no answer";
  if (/^63c./.test(status)) return `${Number.parseInt(status[3] ?? "0", 16)} tries left`;
  if (status.startsWith("61")) return "more bytes wait";
  return statuses[status] ?? "unknown status";
}

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const spaced = (text: string): string => text.toUpperCase().replaceAll(/(..)(?=.)/g, "$1 ");
