import http from "node:http";
import type { AddressInfo } from "node:net";

/** What came to a {@link startReceiver}. */
export interface Received {
  path: string;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** A server on this machine that answers as a test sets, and keeps what it received. */
export async function startReceiver(
  answer: (response: http.ServerResponse) => void,
): Promise<{ url: string; port: number; received: Received[]; close(): Promise<void> }> {
  const received: Received[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { url: path = "", headers } = request;
      received.push({ path, headers, body: Buffer.concat(chunks).toString() });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    received,
    close: () =>
      new Promise((resolve, reject) => {
        server.closeAllConnections();
        server.close((error) => (error ? reject(error) : resolve()));
      }),
  };
}

/** Answers every request with this status. */
export const says =
  (status: number, body = "", headers: http.OutgoingHttpHeaders = {}) =>
  (response: http.ServerResponse) => {
    response.writeHead(status, headers).end(body);
  };

/** As the engine allows it in the test setting. */
export const loopback = ({ hostname }: URL): boolean => hostname === "127.0.0.1" || hostname === "localhost";
