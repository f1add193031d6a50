import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from "jose";
import * as openid from "openid-client";
import { Browser } from "./browser.ts";

export const redirectUri = "https://bank.example/callback";

/** A bank's site with openid-client: PAR, PKCE, DPoP, private_key_jwt. */
export interface Site {
  clientId: string;
  publicJwk: JWK;
  privateKey: CryptoKey;
}

export async function makeSite(clientId: string): Promise<Site> {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const publicJwk = { ...(await exportJWK(publicKey)), kid: "site", alg: "ES256", use: "sig" };
  return { clientId, publicJwk, privateKey };
}

/** One login: pushed request, the page, the person's act there, the code, the tokens. */
export type LogIn = (approve: (browser: Browser, page: string) => Promise<string>) => Promise<void>;

/** A site configured for its provider. */
export async function siteAt(issuer: string, { clientId, privateKey }: Site): Promise<LogIn> {
  const configuration = await openid.discovery(
    new URL(issuer),
    clientId,
    { dpop_bound_access_tokens: true, id_token_signed_response_alg: "ES256" },
    openid.PrivateKeyJwt({ kid: "site", key: privateKey }),
    { execute: [openid.allowInsecureRequests] },
  );
  const DPoP = openid.getDPoPHandle(configuration, await openid.randomDPoPKeyPair("ES256"));
  return async (approve) => {
    const verifier = openid.randomPKCECodeVerifier();
    const state = openid.randomState();
    const url = await openid.buildAuthorizationUrlWithPAR(
      configuration,
      {
        redirect_uri: redirectUri,
        scope: "openid",
        code_challenge: await openid.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
        state,
      },
      { DPoP },
    );
    const browser = new Browser();
    const page = await browser.open(url.href);
    const callback = await approve(browser, page);
    const checks = { pkceCodeVerifier: verifier, expectedState: state };
    await openid.authorizationCodeGrant(configuration, new URL(callback), checks, {}, { DPoP });
  };
}
