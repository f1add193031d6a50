import type { IncomingMessage } from "node:http";

/** What is read, to nowhere, of a body that is refused for its size. */
const drainBytes = 16 * 1024 * 1024;

/**
 * Reads the rest of a body and throws it away, so that a client that writes all before it reads gets its answer:
 * hanging up on it takes the answer away unread (RFC 9112 §9.6). Ends with the body, at 16 MiB, or when the server's
 * request timeout ends the connection.
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
