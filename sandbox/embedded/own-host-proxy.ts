import { request as ask, createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import { isFromHere, notFromHere } from "../../simulators/own-host.ts";

/** A proxy for a local web page that does not check where requests come from. */
export interface OwnHostProxy {
  url: string;
  close(): Promise<void>;
}

/**
 * Forwards requests sent to this machine by its own name and not by another site's page, and refuses any other.
 * @param port where it listens, on 127.0.0.1
 * @param target the server behind it, at an address that others cannot guess
 */
export async function startOwnHostProxy(
  port: number,
  target: { host: string; port: number },
): Promise<OwnHostProxy> {
  const server = createServer((incoming, outgoing) => {
    if (isFromHere(incoming)) handOn(incoming, outgoing, target);
    else outgoing.writeHead(403, { "content-type": "application/json" }).end(JSON.stringify(notFromHere));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function handOn(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { host, port }: { host: string; port: number },
): void {
  const { method, url, headers } = incoming;
  const asked = ask({ host, port, method, path: url, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    pipeline(answer, outgoing, () => {});
  });
  asked.once("error", () => {
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(502).end();
  });
  pipeline(incoming, asked, () => {});
}
