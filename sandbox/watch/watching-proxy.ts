import { Agent, request as ask, createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import type { SeenRequest } from "./curl.ts";
import type { SeenAnswer } from "./trace.ts";

/** Called with each request and its response, once the response has ended. */
export type Watch = (request: SeenRequest, answer: SeenAnswer) => void;

/** The largest body that is watched, bytes; a longer one is passed on all the same. */
const mostWatched = 65_536;

/**
 * Passes every request on to the gateway unchanged, and tells of it. Only a sandbox has one: it sees tokens and codes.
 * @param port where it listens, on 127.0.0.1
 * @param target port of the gateway, on 127.0.0.1
 */
export async function startWatchingProxy(
  port: number,
  target: number,
  watch: Watch,
): Promise<{ close(): Promise<void> }> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    const started = performance.now();
    const body = collected(incoming);
    const { method = "GET", url: path = "/", headers } = incoming;
    const asked = ask({ host: "127.0.0.1", port: target, method, path, headers, agent }, (answer) => {
      const { statusCode: status = 502, headers: answered } = answer;
      outgoing.writeHead(status, answered);
      const answerBody = collected(answer);
      pipeline(answer, outgoing, () => {
        const own = `http://127.0.0.1:${port}`;
        if (!URL.canParse(path, own)) return;
        const ms = Math.round(performance.now() - started);
        const seen = { method, url: new URL(path, own), headers, body: body() };
        watch(seen, { status, headers: answered, body: answerBody(), ms });
      });
    });
    asked.once("error", () => failed(outgoing));
    // A client that leaves a long poll ends it.
    outgoing.once("close", () => outgoing.writableFinished || asked.destroy());
    pipeline(incoming, asked, () => {});
  });
  // Only clients close idle connections, as at the gateway.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        agent.destroy();
      }),
  };
}

function failed(outgoing: ServerResponse): void {
  if (outgoing.headersSent) outgoing.destroy();
  else outgoing.writeHead(502).end();
}

/** What passes by, as text; nothing if it is too long. */
function collected(stream: IncomingMessage): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= mostWatched) chunks.push(chunk);
  });
  return () => (bytes > mostWatched ? "" : Buffer.concat(chunks).toString("utf8"));
}
