import { JLisUnavailable } from "./j-lis.ts";

export interface Limits {
  /** How long an answer may take in all, and a streamed one between two pieces, in ms. */
  timeoutMs: number;
  /** The longest answer, in bytes. */
  maxBytes: number;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: Uint8Array;
}

/** What is sent, when something is. */
export interface Message {
  contentType: string;
  body: Uint8Array;
}

/** One request with its whole answer. Throws {@link JLisUnavailable} when there is none within the limits. */
export async function exchange(url: string, message: Message | undefined, limits: Limits): Promise<Answer> {
  const signal = AbortSignal.timeout(limits.timeoutMs);
  const response = await send(url, message, signal);
  const pieces: Uint8Array[] = [];
  for await (const piece of bounded(response, limits, () => {})) pieces.push(piece);
  return { status: response.status, headers: response.headers, body: Buffer.concat(pieces) };
}

/** A GET whose answer is handed on as it arrives, so that its length does not matter to memory. */
export async function stream(
  url: string,
  limits: Limits,
): Promise<{ status: number; body: AsyncIterable<Uint8Array>; cancel: () => void }> {
  const controller = new AbortController();
  const cancel = () => controller.abort();
  const timer = setTimeout(cancel, limits.timeoutMs);
  try {
    const response = await send(url, undefined, controller.signal);
    return { status: response.status, body: bounded(response, limits, cancel), cancel };
  } finally {
    clearTimeout(timer);
  }
}

async function send(url: string, message: Message | undefined, signal: AbortSignal): Promise<Response> {
  const init: RequestInit = message
    ? {
        method: "POST",
        headers: { "content-type": message.contentType },
        body: new Uint8Array(message.body),
      }
    : {};
  try {
    return await fetch(url, { ...init, signal, redirect: "error" });
  } catch (error) {
    throw new JLisUnavailable("J-LIS cannot be reached, or does not answer in time. Try again later.", {
      cause: error,
    });
  }
}

/**
 * The body of an answer, piece by piece. Only the wait for J-LIS is timed, not what the reader does in between;
 * `cancel` is called when that wait is too long, and when the reader has had enough.
 */
async function* bounded(
  { body }: Response,
  { timeoutMs, maxBytes }: Limits,
  cancel: () => void,
): AsyncGenerator<Uint8Array> {
  if (!body) return;
  const reader = body.getReader();
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await within(reader.read(), timeoutMs, cancel);
      if (done) return;
      length += value.length;
      if (length > maxBytes) throw new JLisUnavailable(`J-LIS sent more than ${maxBytes} bytes.`);
      yield value;
    }
  } finally {
    cancel();
    await reader.cancel().catch(() => {}); // broken already: said by the read that failed
  }
}

async function within<T>(reading: Promise<T>, timeoutMs: number, cancel: () => void): Promise<T> {
  const timer = setTimeout(cancel, timeoutMs);
  try {
    return await reading;
  } catch (error) {
    throw new JLisUnavailable("The answer of J-LIS broke off or stalled. Try again later.", { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
