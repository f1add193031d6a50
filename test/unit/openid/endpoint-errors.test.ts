import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { PartyCaller } from "./party-caller.ts";
import { type PartyGateway, startPartyGateway } from "./party-gateway.ts";
import { type RawAnswer, RawRequests } from "./raw-requests.ts";

/** What Java's HttpURLConnection accepts where its program says nothing. */
const java = { accept: "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2" };
const browser = { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };

let gateway: PartyGateway;
let party: PartyCaller;
const requests = {} as Record<"openid" | "oidc", RawRequests>;
beforeAll(async () => {
  gateway = await startPartyGateway();
  party = await gateway.party();
  requests.openid = new RawRequests(gateway.url, party, "openid");
  const other = await gateway.party(undefined, { issuer: "oidc" });
  requests.oidc = new RawRequests(gateway.url, other, "oidc");
});
afterAll(() => gateway?.close());

const issuers = ["openid", "oidc"] as const;

describe("RFC 6749 §5.2, RFC 9126 §2.3, CIBA Core §13: errors are JSON, whatever the client accepts", () => {
  test.each([
    ...issuers.map((issuer) => [issuer, "token"] as const),
    ["openid", "request"],
    ["openid", "backchannel"],
  ] as const)("ok/%s: %s", async (issuer, endpoint) => {
    for (const accept of [java, browser, { accept: "text/html" }, { accept: "image/png" }]) {
      const answer = await requests[issuer].post(endpoint, {}, { bare: true, headers: accept });
      expect(answer).toMatchObject({ status: 401, error: "invalid_client" });
      expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
      expect(answer.headers.get("cache-control")).toBe("no-store");
    }
  });

  test.each(issuers)("ok/%s: UserInfo, keys and metadata", async (issuer) => {
    const me = await requests[issuer].me({ ...browser, authorization: "DPoP a" });
    expect(me.headers.get("content-type")).toMatch(/^application\/json/);
    for (const path of ["/jwks", "/.well-known/openid-configuration"]) {
      const { status, headers } = await requests[issuer].get(path, { headers: browser });
      expect({ status, type: headers.get("content-type") }).toEqual({
        status: 200,
        type: expect.stringMatching(/json/),
      });
    }
  });
});

describe("RFC 9110 §15.5.6: another method is answered 405 with Allow", () => {
  test.each([
    ["openid", "/token", "POST"],
    ["oidc", "/token", "POST"],
    ["openid", "/request", "POST"],
    ["openid", "/backchannel", "POST"],
    ["openid", "/me", "GET, POST"],
    ["oidc", "/me", "GET, POST"],
    ["openid", "/jwks", "GET"],
    ["openid", "/auth", "GET"],
    ["oidc", "/auth", "GET, POST"],
    ["openid", "/.well-known/openid-configuration", "GET"],
  ] as const)("fail/%s%s", async (issuer, path, allow) => {
    const others = ["GET", "POST", "PUT", "PATCH", "DELETE"].filter((each) => !allow.includes(each));
    for (const method of others) {
      const answer = await requests[issuer].get(path, { method, headers: browser });
      expect(answer).toMatchObject({ status: 405, error: "invalid_request" });
      expect(answer.headers.get("allow")).toBe(allow);
    }
  });

  test("fail/the back channel and pushed requests are unknown at oidc", async () => {
    for (const path of ["/request", "/backchannel"])
      expect((await requests.oidc.get(path, { method: "POST" })).status).toBe(404);
  });
});

describe("RFC 6585 §4: too many requests of one address", () => {
  test.each(issuers)("fail/%s: 429 with Retry-After, as an OAuth error", async (issuer) => {
    const limited = await startPartyGateway(undefined, { perMinute: 1 });
    try {
      const at = new RawRequests(limited.url, party, issuer);
      const asked: Record<string, () => Promise<RawAnswer>> = {
        token: () => at.token(),
        me: () => at.me(),
        auth: () => at.auth(),
        keys: () => at.get("/jwks"),
      };
      for (const ask of Object.values(asked)) {
        await ask();
        const answer = await ask();
        expect(answer).toMatchObject({ status: 429, error: "temporarily_unavailable" });
        expect(answer.headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
      }
      await at.auth();
      const page = await at.auth({}, { headers: browser });
      expect(page.status).toBe(429);
      expect(page.headers.get("content-type")).toMatch(/^text\/html/);
    } finally {
      await limited.close();
    }
  });
});

describe("the page for a person in a browser", () => {
  /** Nothing is loaded from elsewhere, and nothing of the request is markup. */
  function expectOwnPage({ headers, text }: RawAnswer, title: string): void {
    expect(headers.get("content-type")).toMatch(/^text\/html; ?charset=utf-8/);
    expect(text).toContain(`<h1>${title}</h1>`);
    expect(text).not.toMatch(/https?:\/\/|<b>|src=|href=/);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/^default-src 'none'/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/https?:|unsafe|\*/);
    expect(headers.get("referrer-policy")).toBe("no-referrer");
  }
  const languages = [
    ["en", "This login cannot continue"],
    ["ja", "ログインを続けられません"],
  ] as const;
  const cases = issuers.flatMap((issuer) => languages.map((language) => [issuer, ...language] as const));

  test.each(cases)("ok/%s, RFC 6749 §4.1.2.1: an unknown client, in %s", async (issuer, language, title) => {
    const headers = { ...browser, "accept-language": language };
    const answer = await requests[issuer].auth({ client_id: "<b>nobody</b>" }, { headers });
    expect(answer).toMatchObject({ status: 400, to: undefined });
    expectOwnPage(answer, title);
    expect(answer.text).toContain("invalid_client");
  });

  test.each(cases)("ok/%s: an address that is not there, in %s", async (issuer, language, title) => {
    const headers = { ...browser, "accept-language": language };
    const answer = await requests[issuer].get("/<b>unknown</b>", { headers });
    expect(answer.status).toBe(404);
    expectOwnPage(answer, title);
  });

  test.each(issuers)("ok/%s: a program gets no page", async (issuer) => {
    const unknown = await requests[issuer].get("/userinfo", { headers: java });
    expect(unknown).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
    const refused = await requests[issuer].auth(
      { client_id: "nobody" },
      { headers: { accept: "application/json" } },
    );
    expect(refused).toMatchObject({ status: 400, error: "invalid_client" });
  });
});
