import { JLisUnavailable } from "./j-lis.ts";

export interface Limits {
  /** Time limit of a complete answer, and of a streamed one between two chunks, in ms. */
  timeoutMs: number;
  /** The longest answer, in bytes. */
  maxBytes: number;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: Uint8Array;
}

/** A request body. */
export interface Message {
  contentType: string;
  body: Uint8Array;
}

/** One request with its complete answer. Throws {@link JLisUnavailable} without one within the limits. */
export async function exchange(url: string, message: Message | undefined, limits: Limits): Promise<Answer> {
  const signal = AbortSignal.timeout(limits.timeoutMs);
  const response = await send(url, message, signal);
  const pieces: Uint8Array[] = [];
  for await (const piece of bounded(response, limits, () => {})) pieces.push(piece);
  return { status: response.status, headers: response.headers, body: Buffer.concat(pieces) };
}

/** A GET whose answer is streamed, so that memory use does not depend on its length. */
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
 * The body of an answer, chunk by chunk. Only the wait for J-LIS is timed, not the reader's processing; `cancel` is called on a
 * timeout, and when the reader stops.
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
