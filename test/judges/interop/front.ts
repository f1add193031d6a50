import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

interface Reply {
  status: number;
  type: string;
  body: Uint8Array;
}

/** What is answered below a path; `rest` is what follows it. */
type Answer = (rest: string, body: Uint8Array<ArrayBuffer>, method: string) => Promise<Reply>;

/** One address for all that certificates name, known before they are issued. */
export interface Front {
  url: string;
  /** Everything below `/<name>`; 404 for a name that is not given. */
  give(name: string, answer: Answer): void;
  close(): Promise<void>;
}

export async function startFront(): Promise<Front> {
  const given = new Map<string, Answer>();
  const reply = async (request: IncomingMessage): Promise<Reply> => {
    const [, name = "", rest = ""] = /^\/([^/]+)(.*)$/.exec(request.url ?? "") ?? [];
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = given.get(name);
    if (answer === undefined) return { status: 404, type: "text/plain", body: new Uint8Array() };
    return answer(rest, new Uint8Array(Buffer.concat(chunks)), request.method ?? "GET");
  };
  const server = createServer((request, response) => {
    reply(request).then(
      ({ status, type, body }) => response.writeHead(status, { "content-type": type }).end(body),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    give: (name, answer) => void given.set(name, answer),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Passes everything on to another server. */
export const passedTo =
  (base: string): Answer =>
  async (rest, body, method) => {
    const type = "application/ocsp-request";
    const sent = method === "POST" ? { method, body, headers: { "content-type": type } } : { method };
    const response = await fetch(`${base}${rest}`, sent);
    return {
      status: response.status,
      type: response.headers.get("content-type") ?? "application/octet-stream",
      body: new Uint8Array(await response.arrayBuffer()),
    };
  };

/** The same bytes, whatever is asked. */
export const always =
  (type: string, body: Uint8Array): Answer =>
  async () => ({ status: 200, type, body });
