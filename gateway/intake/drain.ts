import type { IncomingMessage } from "node:http";

/** The most that is read and discarded of a body refused for its size. */
const drainBytes = 16 * 1024 * 1024;

/**
 * Reads the rest of a body and discards it, so that a client that sends everything before it reads gets its answer: closing the
 * connection would lose the answer (RFC 9112 §9.6). Ends with the body, at 16 MiB, or at the server's request timeout.
 */
export function drain(body: IncomingMessage): Promise<void> {
  if (body.readableEnded || body.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let read = 0;
    body.on("data", (chunk: Buffer) => {
      read += chunk.length;
      if (read > drainBytes) resolve();
    });
    for (const end of ["end", "close", "error"]) body.once(end, () => resolve());
    body.resume();
  });
}
