import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";

/** What the OpenID library says to its developers, and not to who runs this. */
const forDevelopers = /development-only|Unsupported runtime|you (?:SHOULD|MUST) change it|are expected to/;

const said: string[] = [];
const closing: (() => Promise<void>)[] = [];
beforeAll(() => {
  for (const name of ["warn", "info"] as const)
    jest.spyOn(console, name).mockImplementation((...words) => void said.push(words.join(" ")));
});
afterAll(async () => {
  jest.restoreAllMocks();
  for (const close of closing) await close();
});

test("ok/neither the provider nor the operators' simulated one prints developer warnings", async () => {
  // Imported here: some of it is said by the import. One after the other: Jest's loader loses modules that two imports share.
  const { startPartyGateway } = await import("./party-gateway.ts");
  const { startOperatorLogin } = await import("../../../simulators/operator-login/server.ts");
  const gateway = await startPartyGateway();
  closing.push(() => gateway.close());
  const client = { id: "console", secret: "of-a-test", redirectUris: ["http://127.0.0.1/callback"] };
  const operators = await startOperatorLogin({ client, operators: { olga: ["operator"] } });
  closing.push(() => operators.close());
  const party = await gateway.party();
  expect(await party.ask()).toMatchObject({ status: 200 });
  const query = new URLSearchParams({
    client_id: client.id,
    redirect_uri: client.redirectUris[0]!,
    response_type: "code",
    scope: "openid",
    code_challenge: "A".repeat(43),
    code_challenge_method: "S256",
  });
  for (const url of [
    `${operators.issuer}/auth?${query.toString()}`,
    `${gateway.url}/openid/auth?client_id=nobody`,
  ])
    await (await fetch(url, { redirect: "manual", headers: { accept: "text/html" } })).text();
  const origin = "https://elsewhere.example";
  await (await fetch(`${gateway.url}/openid/me`, { headers: { origin } })).text();
  expect(said.filter((line) => forDevelopers.test(line))).toEqual([]);
});

test("ok/without a redirect address the error page is the engine's own and loads nothing from elsewhere", async () => {
  const { startPartyGateway } = await import("./party-gateway.ts");
  const gateway = await startPartyGateway();
  closing.push(() => gateway.close());
  const url = `${gateway.url}/openid/auth?client_id=${encodeURIComponent("<b>nobody</b>")}`;
  for (const [language, title] of [
    ["en", "This login cannot continue"],
    ["ja", "ログインを続けられません"],
  ]) {
    const answer = await fetch(url, { headers: { accept: "text/html", "accept-language": language! } });
    const page = await answer.text();
    expect(answer.status).toBe(400);
    expect(page).toContain(title);
    expect(page).not.toMatch(/https?:\/\/|<b>/);
    expect(answer.headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
  }
});
