import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { choosePort } from "../../../sandbox/embedded/ports.ts";
import { curlOf } from "../../../sandbox/watch/curl.ts";
import { Trace } from "../../../sandbox/watch/trace.ts";
import { startWatchingProxy } from "../../../sandbox/watch/watching-proxy.ts";

const run = promisify(execFile);
const jwt = (claims: object): string =>
  ["{}", JSON.stringify(claims), "signature"]
    .map((part) => Buffer.from(part).toString("base64url"))
    .join(".");
const assertion = jwt({ iss: "my-bank", sub: "my-bank" });
const token = jwt({ scope: "ssf" });
const form = { "content-type": "application/x-www-form-urlencoded" };
const gateway = "http://127.0.0.1:8080";

const tokenRequest = {
  method: "POST",
  url: new URL("/openid/token", gateway),
  headers: { ...form, dpop: assertion },
  body: new URLSearchParams({
    grant_type: "client_credentials",
    client_assertion: assertion,
    code_verifier: "it's-a-secret-of-many-characters",
  }).toString(),
};
const answered = (body: object, headers = {}) => ({
  status: 200,
  headers,
  body: JSON.stringify(body),
  ms: 1,
});

test("ok/a request as curl: what the party sets is there, its secrets are shortened", () => {
  const curl = curlOf(tokenRequest);
  expect(curl).toContain(`curl -X POST '${gateway}/openid/token'`);
  expect(curl).toContain("--data-urlencode 'grant_type=client_credentials'");
  for (const secret of [assertion, "it's-a-secret-of-many-characters"]) {
    expect(curl).not.toContain(secret);
    expect(curl).not.toContain(secret.slice(0, 20));
  }
  expect(curl).toMatch(/-H 'dpop: [\w.]{1,12}…'/);
});

test("bad/quotes, line breaks and substitutions in a request stay text for the shell", async () => {
  const hostile = `'; touch /tmp/kazasu-hostile; echo "$(id)" \`id\`\n'`;
  const body = new URLSearchParams({ scope: hostile }).toString();
  const curl = curlOf({ ...tokenRequest, headers: form, body });
  const { stdout } = await run("sh", ["-c", curl.replace(/^curl/, "printf '%s\\n'")]);
  expect(stdout).toContain(`scope=${hostile}`);
  expect(stdout).not.toContain("uid=");
});

test("ok/a client is known by its assertion, and by the tokens and logins that it was given", () => {
  const trace = new Trace();
  trace.take(tokenRequest, answered({ access_token: token }));
  const headers = { authorization: `DPoP ${token}` };
  trace.take(
    { method: "GET", url: new URL("/v1/attributes?consent=1", gateway), headers, body: "" },
    answered({}),
  );
  const begun = new URL("/oidc/auth?client_id=first-bank-oidc", gateway);
  const location = "/oidc/login/abc";
  trace.take({ method: "GET", url: begun, headers: {}, body: "" }, answered({}, { location }));
  trace.take({ method: "GET", url: new URL(location, gateway), headers: {}, body: "" }, answered({}));
  expect(trace.exchanges.map(({ kind, client }) => [kind, client])).toEqual([
    ["token", "my-bank"],
    ["attributes", "my-bank"],
    ["login-begins", "first-bank-oidc"],
    ["login-page", "first-bank-oidc"],
  ]);
  expect(JSON.stringify(trace.exchanges)).not.toContain(token);
});

test("ok/polls that find nothing are one line; an event is shown with what it says", () => {
  const trace = new Trace();
  const poll = { method: "POST", url: new URL("/ssf/poll/1", gateway), headers: {}, body: "{}" };
  for (let time = 0; time < 3; time += 1) trace.take(poll, answered({ sets: {} }));
  trace.take(poll, answered({ sets: { jti: jwt({ jti: "jti", txn: "t" }) } }));
  expect(trace.exchanges.map(({ times }) => times)).toEqual([3, 1]);
  expect(trace.exchanges[1]!.answer).toEqual({ sets: { jti: { jti: "jti", txn: "t" } } });
});

test("ok/requests of phones, operators and pages are not kept, and no more than 200 of parties", () => {
  const trace = new Trace();
  const get = (path: string) =>
    trace.take({ method: "GET", url: new URL(path, gateway), headers: {}, body: "" }, answered({}));
  for (const path of ["/v1/inbox", "/console/session", "/oidc/login/abc/state", "/login/abc?via=link"])
    get(path);
  expect(trace.exchanges).toEqual([]);
  for (let time = 0; time < 250; time += 1) get("/jwks.json");
  expect(trace.exchanges).toHaveLength(200);
});

test("ok/the proxy passes bytes, headers and statuses on unchanged, and a client that leaves is gone for the gateway", async () => {
  let left: () => void = () => {};
  const hasLeft = new Promise<void>((resolve) => (left = resolve));
  const server = createServer((request, response) => {
    if (request.url === "/wait") return void response.once("close", left);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () =>
      response
        .writeHead(418, { "set-cookie": ["a=1", "b=2"], "x-host": request.headers.host ?? "" })
        .end(Buffer.concat(chunks)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const port = await choosePort(undefined, new Set());
  const seen: string[] = [];
  const proxy = await startWatchingProxy(port, (server.address() as AddressInfo).port, ({ body }, answer) =>
    seen.push(`${body.length} ${answer.status} ${answer.body.length}`),
  );
  const body = "x".repeat(100_000);
  for (const each of ["短い", body]) {
    const answer = await fetch(`http://127.0.0.1:${port}/a?b=c`, { method: "POST", body: each });
    expect([answer.status, answer.headers.getSetCookie(), answer.headers.get("x-host")]).toEqual([
      418,
      ["a=1", "b=2"],
      `127.0.0.1:${port}`,
    ]);
    expect(await answer.text()).toBe(each);
  }
  expect(seen).toEqual(["2 418 2", "0 418 0"]);
  const leaving = new AbortController();
  const waiting = fetch(`http://127.0.0.1:${port}/wait`, { signal: leaving.signal });
  setImmediate(() => leaving.abort());
  await expect(waiting).rejects.toThrow();
  const again = fetch(`http://127.0.0.1:${port}/wait`, { signal: AbortSignal.timeout(500) });
  await expect(again).rejects.toThrow();
  await hasLeft;
  await proxy.close();
  server.closeAllConnections();
  server.close();
});
