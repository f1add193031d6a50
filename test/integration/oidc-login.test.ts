import { randomUUID } from "node:crypto";
import { afterAll, describe, expect, test } from "@jest/globals";
import { exportJWK, generateKeyPair } from "jose";
import * as openid from "openid-client";
import { Pool } from "pg";
import { openLogin } from "../../client/app/login.ts";
import { acrValues } from "../../protocol/login.ts";
import { registerPartyClient } from "../../registry/party/clients.ts";
import { read, redirectUri } from "./bank-login.ts";
import { Browser } from "./browser.ts";
import { approve, bankAndCustomer, gateway } from "./login-customer.ts";
import { Phone } from "./phone.ts";
import { stack } from "./stack.ts";

const pool = new Pool({ connectionString: stack.postgres, max: 2 });
afterAll(() => pool.end());

/** A web site of the party with an ordinary library: no pushed requests, no DPoP. */
async function site(partyId: string, idTokenAlg?: "ES256" | "RS256"): Promise<openid.Configuration> {
  const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
  const clientId = `client-${randomUUID()}`;
  const jwk = { ...(await exportJWK(publicKey)), kid: "client", alg: "RS256" };
  await registerPartyClient(pool, {
    id: clientId,
    partyId,
    issuer: "oidc",
    jwks: { keys: [jwk] },
    redirectUris: [redirectUri],
    ...(idTokenAlg ? { idTokenAlg } : {}),
  });
  return openid.discovery(
    new URL(`${stack.gateway}/oidc`),
    clientId,
    { id_token_signed_response_alg: idTokenAlg ?? "RS256" },
    openid.PrivateKeyJwt({ kid: "client", key: privateKey }),
    { execute: [openid.allowInsecureRequests] },
  );
}

async function logIn(
  configuration: openid.Configuration,
  resident: Awaited<ReturnType<typeof bankAndCustomer>>["resident"],
  scope: string,
) {
  const browser = new Browser();
  const verifier = openid.randomPKCECodeVerifier();
  const [state, nonce] = [openid.randomState(), openid.randomNonce()];
  const url = openid.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    scope,
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
  });
  const page = await browser.open(url.href);
  const login = await openLogin(gateway, resident.enrolment, { link: read(page).here });
  const { returnTo = "" } = await approve(resident, login);
  const callback = new URL((await browser.open(returnTo)).url);
  const tokens = await openid.authorizationCodeGrant(configuration, callback, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
  });
  return { login, tokens, returnTo, nonce };
}

describe("the issuer oidc", () => {
  test.each([undefined, "ES256"] as const)(
    "ok/an ordinary library logs a person in, with an ID token signed with %s",
    async (idTokenAlg) => {
      const { bank, resident } = await bankAndCustomer();
      const configuration = await site(bank.partyId, idTokenAlg);
      const { tokens, returnTo, nonce } = await logIn(configuration, resident, "openid");
      expect(returnTo).toMatch(new RegExp(`^${stack.gateway}/oidc/login/`));
      expect(tokens.claims()).toMatchObject({
        iss: `${stack.gateway}/oidc`,
        sub: resident.subject,
        acr: acrValues.device,
        nonce,
      });
      expect(tokens.claims()).not.toHaveProperty("login_hint_token");
      expect(tokens.token_type).toBe("bearer");
      expect(tokens.expires_in).toBe(300);
      expect(tokens.refresh_token).toBeUndefined();
    },
  );

  test("ok/attributes by scope at UserInfo, as far as the consent in force covers them; none after a withdrawal", async () => {
    const known = { name: "山田　太郎", dateOfBirth: "1990-04-01", sex: "female" };
    const { bank, resident } = await bankAndCustomer({}, await Phone.new(known));
    await resident.disclosure();
    const configuration = await site(bank.partyId);
    const scope = "openid name address birthdate gender";
    const { login, tokens } = await logIn(configuration, resident, scope);
    expect(login.content.reads).toEqual(["name", "address", "dateOfBirth", "sex"]);
    const ask = () => openid.fetchUserInfo(configuration, tokens.access_token, resident.subject);
    // The address is of a persona chosen at random: one with a substitute also has flags.
    expect(await ask()).toMatchObject({
      sub: resident.subject,
      name: known.name,
      address: { formatted: expect.any(String) },
      birthdate: known.dateOfBirth,
      gender: known.sex,
    });
    await resident.withdraw("disclosure");
    expect(await ask()).toEqual({ sub: resident.subject });
  });
});
