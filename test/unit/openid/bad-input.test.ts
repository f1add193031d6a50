import { randomUUID } from "node:crypto";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Provider } from "oidc-provider";
import { makeOutbound } from "../../../activities/delivery/outbound.ts";
import { fetchOutside } from "../../../workers/outbound.ts";
import { accessTokenOf } from "./access-tokens.ts";
import type { PartyCaller } from "./party-caller.ts";
import { type PartyGateway, startPartyGateway } from "./party-gateway.ts";
import { RawRequests, redirectUri } from "./raw-requests.ts";

/** Bad input at each issuer, and what belongs to one of them at the other. Assertions and proofs: `reasons.test.ts`. */

type IssuerName = "openid" | "oidc";
const issuers = ["openid", "oidc"] as const;
const verifier = "v".repeat(43);
/** SHA-256 of {@link verifier}. */
let challenge: string;

let gateway: PartyGateway;
const party = {} as Record<IssuerName, PartyCaller>;
const at = {} as Record<IssuerName, RawRequests>;
const provider = {} as Record<IssuerName, Provider>;
beforeAll(async () => {
  gateway = await startPartyGateway(undefined, { explains: true });
  for (const issuer of issuers) {
    party[issuer] = await gateway.party(undefined, { issuer });
    at[issuer] = new RawRequests(gateway.url, party[issuer], issuer);
  }
  provider.openid = gateway.provider;
  provider.oidc = gateway.oidcProvider;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  challenge = Buffer.from(digest).toString("base64url");
});
afterAll(() => gateway?.close());

/** A code as a login would leave it. */
async function codeOf(issuer: IssuerName, caller = party[issuer]): Promise<string> {
  const client = await provider[issuer].Client.find(caller.clientId);
  const accountId = randomUUID();
  const grant = new provider[issuer].Grant({ accountId, clientId: caller.clientId });
  grant.addOIDCScope("openid");
  const code = new provider[issuer].AuthorizationCode({
    client: client!,
    accountId,
    grantId: await grant.save(),
    gty: "authorization_code",
    scope: "openid",
    redirectUri,
    codeChallenge: challenge,
    codeChallengeMethod: "S256",
  });
  return code.save();
}

describe.each(issuers)("a code of the issuer %s", (issuer) => {
  test.each<[string, Record<string, string | undefined>, RegExp]>([
    [
      "RFC 7636 §4.6: without its code_verifier",
      { code_verifier: undefined },
      /code_verifier must be provided/,
    ],
    [
      "RFC 7636 §4.6: with another code_verifier",
      { code_verifier: "w".repeat(43) },
      /does not match code_challenge/,
    ],
    [
      "RFC 6749 §4.1.3: with another redirect_uri",
      { code_verifier: verifier, redirect_uri: `${redirectUri}/other` },
      /redirect_uri mismatch/,
    ],
  ])("fail/%s", async (_what, wrong, reason) => {
    const answer = await at[issuer].token({ code: await codeOf(issuer), ...wrong });
    expect(answer).toMatchObject({
      status: 400,
      error: "invalid_grant",
      description: expect.stringMatching(reason),
    });
  });

  test("fail/RFC 6749 §4.1.3: by another client", async () => {
    const thief = new RawRequests(gateway.url, await gateway.party(undefined, { issuer }), issuer);
    const answer = await thief.token({ code: await codeOf(issuer), code_verifier: verifier });
    expect(answer).toMatchObject({ error: "invalid_grant", description: "client mismatch" });
  });

  test("fail/RFC 9700 §4.4 (mix-up): a code of the other issuer is unknown", async () => {
    const other = issuer === "openid" ? "oidc" : "openid";
    const answer = await at[issuer].token({ code: await codeOf(other), code_verifier: verifier });
    expect(answer).toMatchObject({ error: "invalid_grant", description: "authorization code not found" });
  });
});

describe("an authorization request", () => {
  test("fail/RFC 7636 §4.4.1, FAPI 2.0 §5.3.2.2: without PKCE, or with plain", async () => {
    const none = { code_challenge: undefined, code_challenge_method: undefined };
    for (const wrong of [none, { code_challenge_method: "plain" }, { code_challenge_method: undefined }]) {
      const description = expect.stringMatching(/PKCE|code_challenge_method/);
      expect(await at.openid.push(wrong)).toMatchObject({
        status: 400,
        error: "invalid_request",
        description,
      });
      expect(await at.oidc.auth(wrong)).toMatchObject({ status: 303, error: "invalid_request", description });
    }
  });

  test("fail/RFC 9700 §4.1: to another redirect_uri goes nowhere", async () => {
    for (const redirect_uri of [
      `${redirectUri}/`,
      `${redirectUri}?a`,
      "https://rp.example.evil/cb",
      "http://rp.example/cb",
    ]) {
      expect(await at.openid.push({ redirect_uri })).toMatchObject({ status: 400, error: "invalid_request" });
      expect(await at.oidc.auth({ redirect_uri })).toMatchObject({ status: 400, to: undefined });
    }
  });

  test("fail/RFC 9126 §2.1: at openid, one that was not pushed", async () => {
    const { error, to } = await at.openid.auth();
    expect({ error, origin: to?.origin }).toEqual({ error: "invalid_request", origin: "https://rp.example" });
  });

  test.each(issuers)(
    "ok/RFC 9207 §2, §3: %s names itself in errors, and its metadata say so",
    async (issuer) => {
      const { to } = await at[issuer].auth({ response_type: "token" });
      expect(new URLSearchParams(to?.hash.slice(1)).get("iss")).toBe(`${gateway.url}/${issuer}`);
      const { body } = await at[issuer].get("/.well-known/openid-configuration");
      expect(body).toMatchObject({
        issuer: `${gateway.url}/${issuer}`,
        authorization_response_iss_parameter_supported: true,
      });
    },
  );
});

describe("what belongs to one issuer at the other", () => {
  test("fail/a client", async () => {
    const cross = {
      openid: new RawRequests(gateway.url, party.oidc, "openid"),
      oidc: new RawRequests(gateway.url, party.openid, "oidc"),
    };
    const description = expect.stringMatching(/belongs to the other issuer/);
    for (const ask of [
      () => cross.openid.push(),
      () => cross.openid.token(),
      () => cross.openid.backchannel(),
      () => cross.oidc.token(),
    ])
      expect(await ask()).toMatchObject({ status: 401, error: "invalid_client", description });
    for (const issuer of issuers)
      expect(await cross[issuer].auth()).toMatchObject({
        status: 400,
        to: undefined,
        error: "invalid_client",
      });
  });

  test("fail/a token at UserInfo", async () => {
    const [ofOpenid, ofOidc] = await Promise.all([
      accessTokenOf(gateway.provider, party.openid, "openid"),
      accessTokenOf(gateway.oidcProvider, party.oidc, "openid", false),
    ]);
    const ownServers = await party.openid.token("ssf");
    for (const token of [ofOpenid, ownServers])
      expect(await at.oidc.me({ authorization: `Bearer ${token}` })).toMatchObject({
        status: 401,
        error: "invalid_token",
      });
    const dpop = await party.openid.proof("GET", `${gateway.url}/openid/me`, ofOidc);
    for (const headers of [{ authorization: `DPoP ${ofOidc}`, dpop }, { authorization: `Bearer ${ofOidc}` }])
      expect(await at.openid.me(headers)).toMatchObject({ status: 401, error: "invalid_token" });
    // A server's own token is for the resources, and not for UserInfo of its own issuer.
    const proof = await party.openid.proof("GET", `${gateway.url}/openid/me`, ownServers);
    const own = await at.openid.me({ authorization: `DPoP ${ownServers}`, dpop: proof });
    expect(own).toMatchObject({ status: 401, error: "invalid_token" });
  });

  test("fail/a token of oidc at the resources of openid", async () => {
    const token = await accessTokenOf(gateway.oidcProvider, party.oidc, "openid", false);
    for (const path of ["/ssf/streams", `/v1/attributes?consent=${randomUUID()}`]) {
      const proof = await party.openid.proof("GET", `${gateway.url}${path}`, token);
      const { status, headers } = await party.openid.send("GET", path, { token, proof });
      expect(status).toBe(401);
      expect(headers.get("www-authenticate")).toMatch(/error="invalid_token"/);
    }
  });
});

describe("a jwks_uri", () => {
  let asked = 0;
  let answer: RequestListener = (_request, response) => void response.end("{}");
  let published: Server;
  /** As in production, and as in the test setting, which allows this machine. */
  const gateways = {} as Record<"production" | "local", PartyGateway>;
  beforeAll(async () => {
    published = createServer((request, response) => {
      asked += 1;
      answer(request, response);
    });
    await new Promise<void>((resolve) => published.listen(0, "127.0.0.1", resolve));
    const local = { allow: ({ hostname }: URL) => hostname === "127.0.0.1" };
    gateways.production = await startPartyGateway(undefined, {
      explains: true,
      fetchOutside: fetchOutside(makeOutbound()),
    });
    const open = fetchOutside(makeOutbound(local));
    /** Ends only by the caller's own time limit. */
    const never = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    gateways.local = await startPartyGateway(undefined, {
      explains: true,
      fetchOutside: (url, init) => (url.endsWith("/never") ? never(init.signal!) : open(url, init)),
    });
  });
  afterAll(async () => {
    published?.closeAllConnections();
    published?.close();
    for (const each of Object.values(gateways)) await each.close();
  });

  const keysAt = (host = "127.0.0.1"): string =>
    `http://${host}:${(published.address() as AddressInfo).port}/jwks`;
  async function tokenWith(of: PartyGateway, issuer: IssuerName, jwksUri: string) {
    const caller = await of.party(undefined, { issuer, jwksUri });
    return new RawRequests(of.url, caller, issuer).token();
  }

  test.each(issuers)("bad/%s: inward, nothing is asked", async (issuer) => {
    asked = 0;
    for (const address of [
      keysAt(),
      keysAt("localhost"),
      keysAt("2130706433"),
      "https://169.254.169.254/latest",
      "https://kazasu.internal/jwks",
    ]) {
      const refused = await tokenWith(gateways.production, issuer, address);
      expect(refused).toMatchObject({ status: 401, error: "invalid_client" });
      expect(refused.description).toMatch(/jwks_uri could not be read: An endpoint must/);
    }
    expect(asked).toBe(0);
  });

  test("bad/one that never answers holds the request for five seconds", async () => {
    const { description } = await tokenWith(gateways.local, "oidc", keysAt().replace("/jwks", "/never"));
    expect(description).toMatch(/could not be read: No answer within five seconds/);
  });

  test.each(issuers)("bad/%s: slow, huge, or moved inward", async (issuer) => {
    const cases: [RequestListener, RegExp][] = [
      [(_request, response) => void response.write(" "), /could not be read: The endpoint does not answer/],
      [
        (_request, response) => void response.end(" ".repeat(100_000)),
        /could not be read: .* larger than 65536 bytes/,
      ],
      [
        (_request, response) => void response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
        /could not be read: The answer has the status 302/,
      ],
    ];
    for (const [listener, reason] of cases) {
      answer = listener;
      const refused = await tokenWith(gateways.local, issuer, keysAt());
      expect(refused).toMatchObject({ status: 401, error: "invalid_client" });
      expect(refused.description).toMatch(reason);
    }
  });

  test("bad/one that has failed is not asked again at once, whoever names its client", async () => {
    answer = (_request, response) => void response.writeHead(500).end();
    const caller = await gateways.local.party(undefined, { issuer: "oidc", jwksUri: keysAt() });
    const requests = new RawRequests(gateways.local.url, caller, "oidc");
    asked = 0;
    for (let n = 0; n < 5; n += 1)
      expect((await requests.token()).description).toMatch(
        /could not be read: The answer has the status 500/,
      );
    expect(asked).toBe(1);
  });
});
