import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { generateKeyPair, SignJWT } from "jose";
import { problem } from "../../../protocol/problem.ts";
import type { PartyCaller } from "./party-caller.ts";
import { type PartyGateway, startPartyGateway } from "./party-gateway.ts";
import { type RawAnswer, RawRequests } from "./raw-requests.ts";

/** A refused request has its reason: in the log always, in the answer in the test setting only, and never a secret. */

type IssuerName = "openid" | "oidc";
interface Setting {
  gateway: PartyGateway;
  party: Record<IssuerName, PartyCaller>;
  at: Record<IssuerName, RawRequests>;
}
const settings = {} as Record<"test" | "production", Setting>;
beforeAll(async () => {
  for (const [name, explains] of [
    ["test", true],
    ["production", false],
  ] as const) {
    const gateway = await startPartyGateway(undefined, { explains });
    const party = { openid: await gateway.party(), oidc: await gateway.party(undefined, { issuer: "oidc" }) };
    const at = {
      openid: new RawRequests(gateway.url, party.openid, "openid"),
      oidc: new RawRequests(gateway.url, party.oidc, "oidc"),
    };
    settings[name] = { gateway, party, at };
  }
});
afterAll(async () => {
  for (const { gateway } of Object.values(settings)) await gateway.close();
});
beforeEach(() => {
  for (const { gateway } of Object.values(settings)) gateway.logged.length = 0;
});

const now = (offset: number): number => Math.floor(Date.now() / 1_000) + offset;
const reasonsIn = ({ gateway }: Setting): unknown[] =>
  gateway.logged.filter(({ msg }) => msg === "a request was refused").map(({ reason }) => reason);

/** The same request in both settings. */
async function expectReason(
  ask: (setting: Setting) => Promise<RawAnswer>,
  reason: RegExp,
  general: string | RegExp,
): Promise<void> {
  const { test: inTest, production } = settings;
  expect((await ask(inTest)).description).toMatch(reason);
  expect(reasonsIn(inTest)).toEqual([expect.stringMatching(reason)]);
  const { description } = await ask(production);
  expect(description).toMatch(general);
  expect(description).not.toMatch(reason);
  expect(reasonsIn(production)).toEqual([expect.stringMatching(reason)]);
}

const failed = "client authentication failed";

describe.each(["openid", "oidc"] as const)(
  "RFC 6749 §5.2, RFC 7523 §3 at %s: the client's assertion",
  (issuer) => {
    const audience = ({ gateway }: Setting) => `${gateway.url}/${issuer}`;
    const signed = async (
      setting: Setting,
      wrong: Parameters<PartyCaller["assertion"]>[0] = {},
    ): Promise<RawAnswer> => {
      const claims = { aud: audience(setting), ...wrong.claims };
      const client_assertion = await setting.party[issuer].assertion({ ...wrong, claims });
      return setting.at[issuer].token({ client_assertion });
    };

    test.each<[string, () => Record<string, unknown>, RegExp]>([
      [
        "an assertion that has expired",
        () => ({ exp: now(-90) }),
        /expired \d+ seconds ago.*check the clock/,
      ],
      ["no end", () => ({ exp: undefined }), /exp .*is missing/],
      [
        "an end far ahead",
        () => ({ exp: now(7_200) }),
        /exp .*is \d+ seconds ahead; at most (?:600|3600) are accepted/,
      ],
      [
        "a clock that is ahead",
        () => ({ iat: now(90), exp: now(200) }),
        /iat .*is \d+ seconds in the future; at most 30/,
      ],
      ["an nbf ahead", () => ({ nbf: now(90), exp: now(200) }), /nbf .*is \d+ seconds in the future/],
      [
        "the aud of somebody else",
        () => ({ aud: "https://other.example/token?secret=1" }),
        /aud .*is https:\/\/other\.example\/token; expected http:\/\/127\.0\.0\.1:\d+\/(?:openid|oidc)/,
      ],
      ["no aud", () => ({ aud: undefined }), /aud .*is absent; expected/],
      ["no jti", () => ({ jti: undefined }), /has no jti/],
    ])("fail/%s", async (_what, claims, reason) => {
      await expectReason((setting) => signed(setting, { claims: claims() }), reason, failed);
    });

    test("fail/a signature by another key", async () => {
      const { privateKey } = await generateKeyPair("ES256");
      await expectReason(
        (setting) => signed(setting, { privateKey }),
        /signature .*does not verify .*key client/,
        failed,
      );
    });

    test.each([
      ["an unknown kid", { alg: "ES256", kid: "other" }, /no key with kid other for ES256/],
      [
        "another alg",
        { alg: "ES384", kid: "client" },
        /alg .*is ES384; expected ES256, PS256, (?:EdDSA|RS256)/,
      ],
    ])("fail/%s", async (_what, header, reason) => {
      const { privateKey } = await generateKeyPair(header.alg);
      await expectReason(
        async (setting) => {
          const { clientId } = setting.party[issuer];
          const client_assertion = await new SignJWT({
            jti: "a",
            sub: clientId,
            aud: audience(setting),
            exp: now(60),
          })
            .setProtectedHeader(header)
            .setIssuer(clientId)
            .sign(privateKey);
          return setting.at[issuer].token({ client_assertion });
        },
        reason,
        failed,
      );
    });

    test("fail/alg none", async () => {
      const part = (members: object) => Buffer.from(JSON.stringify(members)).toString("base64url");
      await expectReason(
        (setting) => {
          const { clientId } = setting.party[issuer];
          const claims = { iss: clientId, sub: clientId, aud: audience(setting), jti: "a", exp: now(60) };
          return setting.at[issuer].token({ client_assertion: `${part({ alg: "none" })}.${part(claims)}.` });
        },
        /alg .*is none; expected/,
        failed,
      );
    });

    test("fail/a second time", async () => {
      const used = new Map<Setting, string>();
      for (const setting of Object.values(settings)) {
        const claims = { aud: audience(setting) };
        used.set(setting, await setting.party[issuer].assertion({ claims }));
        await setting.at[issuer].token({ client_assertion: used.get(setting)! });
        setting.gateway.logged.length = 0;
      }
      const again = (setting: Setting) => setting.at[issuer].token({ client_assertion: used.get(setting)! });
      await expectReason(again, /jti .*was used before/, failed);
    });

    test("fail/a client that is not registered, or of the other issuer", async () => {
      const nobody = (setting: Setting) => signed(setting, { clientId: "nobody" });
      await expectReason(nobody, /no client nobody is registered here/, failed);
      for (const { gateway } of Object.values(settings)) gateway.logged.length = 0;
      const other = issuer === "oidc" ? "openid" : "oidc";
      await expectReason(
        async (setting) => {
          const client_assertion = await setting.party[other].assertion({
            claims: { aud: audience(setting) },
          });
          return setting.at[issuer].token({ client_assertion });
        },
        new RegExp(`belongs to the other issuer, http://127.0.0.1:\\d+/${other}: send its requests there`),
        failed,
      );
    });

    test("fail/no assertion", async () => {
      const none = (setting: Setting) => setting.at[issuer].token({}, { bare: true });
      await expectReason(none, /no client_assertion was sent/, failed);
    });

    test("fail/neither assertion nor proof is in log or answer, and a parser's message is not either", async () => {
      const { test: inTest } = settings;
      const client_assertion = "secret.secret.secret";
      const told = [
        await inTest.at[issuer].token({ client_assertion }, { headers: { dpop: "secret.secret.secret" } }),
        await inTest.at[issuer].auth({ claims: "{secret" }),
        await inTest.at[issuer].auth({ nonce: undefined, state: undefined, acr_values: "secret" }),
      ];
      expect(
        JSON.stringify([inTest.gateway.logged, told.map(({ text, description }) => [text, description])]),
      ).not.toMatch(/secret/);
    });
  },
);

describe("keys at a jwks_uri", () => {
  let answer: { status?: number; body: string } = { body: "{}" };
  let published: Server;
  beforeAll(async () => {
    published = createServer((_request, response) =>
      response.writeHead(answer.status ?? 200).end(answer.body),
    );
    await new Promise<void>((resolve) => published.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => void published?.close());

  test.each([
    ["no JSON", { body: "<html>secret</html>" }, /could not be read: The answer is no JWK Set/],
    ["an error", { status: 503, body: "{}" }, /could not be read: The answer has the status 503/],
  ])("fail/the answer is %s", async (_what, given, reason) => {
    answer = given;
    const { port } = published.address() as AddressInfo;
    const { gateway } = settings.test;
    const jwksUri = `http://127.0.0.1:${port}/jwks`;
    const caller = await gateway.party(undefined, { issuer: "oidc", jwksUri });
    const { description } = await new RawRequests(gateway.url, caller, "oidc").token();
    expect(description).toMatch(reason);
    expect(JSON.stringify(gateway.logged)).not.toMatch(/secret/);
    // Not kept for fresh: five seconds later they are read, once they are there.
    answer = { body: JSON.stringify({ keys: [] }) };
    gateway.clock.now = new Date(gateway.clock.now.getTime() + 5_000);
    const next = await new RawRequests(gateway.url, caller, "oidc").token();
    expect(next.description).toMatch(/no key with kid client/);
  });
});

describe("RFC 9449 §5: the DPoP proof at the token endpoint", () => {
  const token = async (setting: Setting, wrong: Parameters<PartyCaller["proof"]>[3]): Promise<RawAnswer> => {
    const { gateway, party, at } = setting;
    const dpop = await party.openid.proof("POST", `${gateway.url}/openid/token`, "", wrong);
    return at.openid.token({ grant_type: "client_credentials", scope: "ssf" }, { headers: { dpop } });
  };

  test.each<[string, () => Parameters<PartyCaller["proof"]>[3], RegExp]>([
    [
      "of another address",
      () => ({ claims: { htu: "https://a.example/b?c" } }),
      /htu is https:\/\/a\.example\/b; expected http/,
    ],
    ["of another method", () => ({ claims: { htm: "GET" } }), /htm is GET; expected POST/],
    ["too old", () => ({ claims: { iat: now(-200) } }), /iat is \d+ seconds old; at most 120/],
    ["in the future", () => ({ claims: { iat: now(200) } }), /in the future by more than 30 seconds/],
    ["of another type", () => ({ header: { typ: "jwt" } }), /typ is jwt; expected dpop\+jwt/],
    ["without a key", () => ({ header: { jwk: undefined } }), /no jwk/],
    ["without a jti", () => ({ claims: { jti: undefined } }), /has no jti/],
    [
      "with a nonce (RFC 9449 §8): none is given here",
      () => ({ claims: { nonce: "n" } }),
      /this server gives none/,
    ],
  ])("fail/%s", async (_what, wrong, reason) => {
    const { test: inTest, production } = settings;
    const answer = await token(inTest, wrong());
    expect(answer).toMatchObject({ status: 400, error: "invalid_dpop_proof" });
    expect(answer.description).toMatch(reason);
    expect(answer.headers.has("dpop-nonce")).toBe(false);
    await token(production, wrong());
    expect(reasonsIn(production)).toEqual([expect.stringMatching(reason)]);
  });

  test("fail/none, not well-formed, or signed by another key than the one it shows", async () => {
    const { test: inTest } = settings;
    const asked = { grant_type: "client_credentials", scope: "ssf" };
    const none = await inTest.at.openid.token(asked, { headers: { dpop: "" } });
    expect(none.description).toMatch(/no DPoP proof was sent/);
    const broken = await inTest.at.openid.token(asked, { headers: { dpop: "a" } });
    expect(broken.description).toMatch(/is not a JWT/);
    const { publicKey } = await inTest.party.openid.dpop;
    const { privateKey } = await generateKeyPair("ES256");
    expect((await token(inTest, { keys: { publicKey, privateKey } })).description).toMatch(
      /signature does not verify/,
    );
  });

  test("fail/a second time", async () => {
    const { gateway, party, at } = settings.test;
    const headers = { dpop: await party.openid.proof("POST", `${gateway.url}/openid/token`, "") };
    const ask = () => at.openid.token({ grant_type: "client_credentials", scope: "ssf" }, { headers });
    expect((await ask()).status).toBe(200);
    expect(await ask()).toMatchObject({
      status: 400,
      error: "invalid_dpop_proof",
      description: expect.stringMatching(/jti .*was used before/),
    });
  });
});

describe("RFC 9449 §7.1, RFC 6750 §3.1: token and proof at a resource", () => {
  const path = "/ssf/streams";
  async function refusal(
    { gateway, party: { openid } }: Setting,
    given: { token?: string; wrong?: Parameters<PartyCaller["proof"]>[3] },
  ) {
    const token = given.token ?? (await openid.token("ssf"));
    const proof = await openid.proof("GET", `${gateway.url}${path}`, token, given.wrong);
    const { headers, body } = await openid.send("GET", path, { token, proof });
    // Without the address of the metadata, which is each gateway's own.
    const challenge = headers.get("www-authenticate")?.replace(/, resource_metadata="[^"]*"$/, "");
    return { detail: problem.parse(body).detail, challenge };
  }

  test.each<[string, (setting: Setting) => Promise<object> | object, string, RegExp]>([
    [
      "of another path",
      () => ({ wrong: { claims: { htu: "https://a.example/b" } } }),
      "invalid_dpop_proof",
      /htu is https:\/\/a\.example\/b/,
    ],
    [
      "for another token",
      () => ({ wrong: { claims: { ath: "a" } } }),
      "invalid_dpop_proof",
      /ath is not the SHA-256/,
    ],
    [
      "by another key",
      async () => ({ wrong: { keys: await generateKeyPair("ES256") } }),
      "invalid_dpop_proof",
      /another key than the one to which/,
    ],
    ["with a token of nobody", () => ({ token: "unknown" }), "invalid_token", /no access token of http/],
    [
      "with a token of a stranger's key",
      async ({ gateway }) => {
        const { privateKey } = await generateKeyPair("ES256");
        const token = await new SignJWT({ iss: `${gateway.url}/openid`, aud: gateway.url })
          .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "tokens" })
          .sign(privateKey);
        return { token };
      },
      "invalid_token",
      /not signed by a key of/,
    ],
  ])("fail/%s", async (_what, given, error, reason) => {
    const { test: inTest, production } = settings;
    const told = await refusal(inTest, await given(inTest));
    expect(told).toMatchObject({
      challenge: `DPoP error="${error}", algs="ES256"`,
      detail: expect.stringMatching(reason),
    });
    const general = await refusal(production, await given(production));
    expect(general.challenge).toBe(told.challenge);
    expect(general.detail).not.toMatch(reason);
    expect(reasonsIn(production)).toEqual([expect.stringMatching(reason)]);
  });
});

describe("a resource", () => {
  test("fail/RFC 6750 §3.1: a missing proof or scope is in the log; a request without a token is not", async () => {
    const { gateway, party } = settings.production;
    const token = await party.openid.token("attributes");
    gateway.logged.length = 0;
    await fetch(`${gateway.url}/ssf/streams`);
    await party.openid.send("GET", "/ssf/streams", { token });
    const proof = await party.openid.proof("GET", `${gateway.url}/ssf/streams`, token);
    await party.openid.send("GET", "/ssf/streams", { token, proof });
    expect(gateway.logged.map(({ endpoint, error }) => [endpoint, error])).toEqual([
      ["/ssf/streams", "invalid_dpop_proof"],
      ["/ssf/streams", "insufficient_scope"],
    ]);
    expect(reasonsIn(settings.production)).toContain("The token does not have the scope ssf.");
  });
});

describe("other reasons", () => {
  test("fail/RFC 6749 §5.2: client_credentials at oidc is told where else, in both settings", async () => {
    for (const { at, gateway } of Object.values(settings)) {
      const answer = await at.oidc.token({ grant_type: "client_credentials" });
      expect(answer).toMatchObject({ status: 400, error: "unsupported_grant_type" });
      expect(answer.description).toContain(`party's own server are at the issuer ${gateway.url}/openid`);
    }
  });

  test("fail/RFC 6749 §4.1.3: an unknown code", async () => {
    const unknown = (setting: Setting) => setting.at.oidc.token();
    await expectReason(unknown, /authorization code not found/, "grant request is invalid");
  });

  test("fail/the page says it too, in the test setting", async () => {
    const { at, party } = settings.test;
    const { text } = await at.oidc.auth(
      { client_id: party.openid.clientId },
      { headers: { accept: "text/html" } },
    );
    expect(text).toContain("belongs to the other issuer");
    const { at: inProduction, party: other } = settings.production;
    const page = await inProduction.oidc.auth(
      { client_id: other.openid.clientId },
      { headers: { accept: "text/html" } },
    );
    expect(page.text).not.toContain("belongs to");
    expect(reasonsIn(settings.production)).toEqual([expect.stringMatching(/belongs to the other issuer/)]);
  });

  test("ok/what a working program meets is not logged", async () => {
    const { at, gateway } = settings.production;
    await at.oidc.auth({ prompt: "none" });
    expect(gateway.logged).toEqual([]);
  });
});

describe("RFC 6750 §3.1: UserInfo without a token", () => {
  test.each([
    ["openid", () => 'DPoP algs="ES256"'],
    ["oidc", (url: string) => `Bearer realm="${url}/oidc"`],
  ] as const)("fail/%s: 401, a challenge of its scheme, and no error", async (issuer, challenge) => {
    const { gateway, at } = settings.test;
    const answer = await at[issuer].me();
    expect(answer).toMatchObject({ status: 401, body: {}, error: undefined });
    expect(answer.headers.get("www-authenticate")).toBe(challenge(gateway.url));
  });

  test.each([
    ["openid", "DPoP"],
    ["oidc", "Bearer"],
  ] as const)("fail/%s: a token that is unknown is invalid_token", async (issuer, scheme) => {
    const { gateway, at, party } = settings.test;
    const dpop = await party.openid.proof("GET", `${gateway.url}/openid/me`, "unknown");
    const answer = await at[issuer].me({
      authorization: `${scheme} unknown`,
      ...(issuer === "openid" ? { dpop } : {}),
    });
    expect(answer).toMatchObject({ status: 401, error: "invalid_token" });
    expect(answer.headers.get("www-authenticate")).toMatch(new RegExp(`^${scheme} .*error="invalid_token"`));
  });
});
