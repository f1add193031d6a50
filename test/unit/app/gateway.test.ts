import { createServer, type RequestListener, type Server } from "node:http";
import { afterEach, describe, expect, test } from "@jest/globals";
import { Gateway, GatewayRefusal, GatewayUnreachable, UntrustedAnswer } from "../../../client/app/gateway.ts";
import { sha256, utf8 } from "../../../protocol/encoding.ts";
import { problemOf } from "../../../protocol/problem.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function answering(listener: RequestListener): Promise<Gateway> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return new Gateway(`http://127.0.0.1:${port}//`);
}

const envelope = { challenge: "c", sealed: { enc: "e", ciphertext: "f" } };
const configuration = { issuer: "ca", setting: "test", serviceKeys: { keys: [{ kty: "EC", x: "1" }] } };

describe("the gateway as the phone sees it", () => {
  test("ok/unknown members of the configuration are ignored", async () => {
    const gateway = await answering((_, response) =>
      response.end(JSON.stringify({ ...configuration, new: 1 })),
    );
    expect(await gateway.configuration()).toEqual(configuration);
  });

  test("ok/a notice comes as text, of which the digest holds, also where characters are cut in two", async () => {
    const text = "利用規約 ".repeat(10);
    const gateway = await answering((request, response) => {
      expect(request.url).toMatch(/^\/v1\/notices\/[\w-]{43}$/);
      // Each byte is read before the next is sent.
      const [first, ...rest] = Buffer.from(text);
      const send = (byte: number | undefined): void => {
        if (byte === undefined) response.end();
        else response.write(Uint8Array.of(byte), () => setImmediate(send, rest.shift()));
      };
      send(first);
    });
    expect(await gateway.notice(await sha256(utf8(text)))).toBe(text);
  });

  test("fail/a notice whose text is another", async () => {
    const gateway = await answering((_, response) => response.end("something else"));
    await expect(gateway.notice(await sha256(utf8("the text")))).rejects.toThrow(UntrustedAnswer);
  });

  test("fail/a problem document is a refusal, with what to do next in both languages", async () => {
    const more = { detail: "two tries", instance: "urn:1", language: "en" as const, triesLeft: 2 };
    const document = problemOf("CODE_WRONG", more);
    const gateway = await answering((_, response) => {
      response.writeHead(document.status, { "content-type": "application/problem+json" });
      response.end(JSON.stringify(document));
    });
    const error = await gateway.activate(envelope).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(GatewayRefusal);
    expect(error).toMatchObject({ code: "CODE_WRONG", status: 422, detail: "two tries", triesLeft: 2 });
    expect(error).toMatchObject({
      next: { en: expect.any(String), ja: expect.any(String) },
      problem: document,
    });
  });

  const unreachable: [string, RequestListener][] = [
    ["nothing but a closed connection", (request) => request.socket.destroy()],
    [
      "an answer cut off in the middle",
      (_, response) => {
        response.writeHead(200, { "content-length": "1000" });
        response.write("{", () => response.destroy());
      },
    ],
    ["an error that is not a problem document", (_, response) => response.writeHead(502).end("<html>")],
    ["no JSON", (_, response) => response.end("certainly")],
    ["another shape", (_, response) => response.end('{"enrolmentId":"1"}')],
  ];
  test.each(unreachable)("fail/%s is unreachable: the same may be sent again", async (_, listener) => {
    const gateway = await answering(listener);
    await expect(gateway.apply(envelope)).rejects.toThrow(GatewayUnreachable);
  });

  test("fail/a redirect is not followed: what is sealed goes to this gateway alone", async () => {
    const asked: string[] = [];
    const gateway = await answering((request, response) => {
      asked.push(request.url ?? "");
      response.writeHead(307, { location: "/elsewhere" }).end();
    });
    await expect(gateway.apply(envelope)).rejects.toThrow(GatewayUnreachable);
    expect(asked).toEqual(["/v1/applications"]);
  });

  test("fail/connection refused", async () => {
    await expect(new Gateway("http://127.0.0.1:1").configuration()).rejects.toThrow(GatewayUnreachable);
  });

  test.each(["/v1/notices", "/v1/applications"])(
    "fail/%s: an endless answer is not read to its end",
    async (path) => {
      let sent = 0;
      const gateway = await answering((_, response) => {
        const more = () => {
          if (response.destroyed || sent > 64_000_000) return;
          sent += 65_536;
          response.write(Buffer.alloc(65_536, 0x20), more);
        };
        more();
      });
      const asked = path === "/v1/notices" ? gateway.notice("0".repeat(43)) : gateway.apply(envelope);
      await expect(asked).rejects.toThrow(/exceeds the size limit/);
      expect(sent).toBeLessThan(64_000_000);
    },
  );
});
