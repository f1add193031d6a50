import { once } from "node:events";
import { createServer, get, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startOwnHostProxy } from "../../../sandbox/embedded/own-host-proxy.ts";
import { choosePort } from "../../../sandbox/embedded/ports.ts";
import { startAttester } from "../../../simulators/attester/server.ts";
import { startOperatorLogin } from "../../../simulators/operator-login/server.ts";
import { startPushService } from "../../../simulators/push-service/server.ts";

/** What listens on this machine, a page in a browser there can reach: by its DNS, or by a script or form of another site. */
const urls: Record<string, string> = {};
const closing: (() => Promise<unknown>)[] = [];

/** A server that looks at nobody, as the Temporal UI. */
const trusting = createServer((incoming, outgoing) => {
  const { method, url, headers } = incoming;
  let body = "";
  incoming.setEncoding("utf8").on("data", (text: string) => (body += text));
  incoming.once("end", () =>
    outgoing
      .writeHead(299, { "x-own": "kept" })
      .end(JSON.stringify({ method, url, host: headers.host, body })),
  );
});

beforeAll(async () => {
  await new Promise<void>((resolve) => trusting.listen(0, "127.0.0.1", resolve));
  closing.push(async () => trusting.close());
  const { port } = trusting.address() as AddressInfo;
  const client = { id: "console", secret: "of-a-test", redirectUris: ["http://127.0.0.1/callback"] };
  const login = await startOperatorLogin({ client, operators: {} });
  const started = {
    attester: await startAttester({}),
    pushService: await startPushService({}),
    operatorLogin: { url: login.issuer, close: () => login.close() },
    proxy: await startOwnHostProxy(await choosePort(undefined, new Set()), { host: "127.0.0.1", port }),
  };
  for (const [name, server] of Object.entries(started)) {
    urls[name] = server.url;
    closing.push(() => server.close());
  }
});
afterAll(() => Promise.all(closing.map((close) => close())));

async function statusOf(url: string, headers: Record<string, string>, method = "GET"): Promise<number> {
  const asked = request(url, { method, headers });
  asked.end();
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  answer.resume();
  return answer.statusCode ?? 0;
}

const paths: Record<string, string> = {
  attester: "/jwks.json",
  pushService: "/nothing",
  operatorLogin: "/.well-known/openid-configuration",
  proxy: "/",
};

describe.each(Object.keys(paths))("%s", (name) => {
  const at = () => `${urls[name]}${paths[name]}`;
  const port = () => new URL(urls[name]!).port;

  test("ok/by its own names, and from its own pages", async () => {
    const own = ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"].map((host) => `${host}:${port()}`);
    for (const host of [...own, "127.0.0.1"]) expect(await statusOf(at(), { host })).not.toBe(403);
    for (const host of own.filter((each) => !/[A-Z]/.test(each)))
      expect(await statusOf(at(), { origin: `http://${host}` })).not.toBe(403);
  });

  test.each([
    ["another name that resolves here", { host: "evil.example" }],
    ["another name at the same port", { host: "evil.example:PORT" }],
    ["its own name at another port", { host: "127.0.0.1:1" }],
    ["a name that begins like its own", { host: "127.0.0.1.evil.example:PORT" }],
    ["another site's page", { origin: "https://evil.example" }],
    ["a page of another port here", { origin: "http://127.0.0.1:1" }],
    ["a page that says nothing of itself", { origin: "null" }],
    ["a page over TLS of its own name", { origin: "https://127.0.0.1:PORT" }],
  ])("bad/%s", async (_what, headers: Record<string, string>) => {
    const given = Object.fromEntries(
      Object.entries(headers).map(([key, value]) => [key, value.replace("PORT", port())]),
    );
    for (const method of ["GET", "POST", "OPTIONS"]) expect(await statusOf(at(), given, method)).toBe(403);
  });
});

test("ok/the proxy hands on method, path, body and answer as they are", async () => {
  const answer = await fetch(`${urls["proxy"]}/a/b?c=d`, { method: "POST", body: "hello" });
  expect([answer.status, answer.headers.get("x-own")]).toEqual([299, "kept"]);
  expect(await answer.json()).toEqual({
    method: "POST",
    url: "/a/b?c=d",
    host: new URL(urls["proxy"]!).host,
    body: "hello",
  });
});

test("bad/the server behind the proxy is down", async () => {
  const nobody = await startOwnHostProxy(await choosePort(undefined, new Set()), {
    host: "127.0.0.1",
    port: 1,
  });
  const [answer] = (await once(get(nobody.url), "response")) as [IncomingMessage];
  answer.resume();
  expect(answer.statusCode).toBe(502);
  await nobody.close();
});
