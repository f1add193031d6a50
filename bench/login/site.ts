import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from "jose";
import * as openid from "openid-client";
import type { IssuerName } from "../../protocol/issuer.ts";
import { Browser } from "./browser.ts";

export const redirectUri = "https://bank.example/callback";

/** A bank's site with openid-client: PKCE and private_key_jwt; at the issuer `openid` also PAR and DPoP. */
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

/** One login: the request, the page, the person's act there, the code, the tokens. */
export type LogIn = (approve: (browser: Browser, page: string) => Promise<string>) => Promise<void>;

/** A site configured for its provider. */
export async function siteAt(
  issuer: string,
  { clientId, privateKey }: Site,
  issuerName: IssuerName,
): Promise<LogIn> {
  const isFapi = issuerName === "openid";
  const configuration = await openid.discovery(
    new URL(issuer),
    clientId,
    { ...(isFapi ? { dpop_bound_access_tokens: true } : {}), id_token_signed_response_alg: "ES256" },
    openid.PrivateKeyJwt({ kid: "site", key: privateKey }),
    { execute: [openid.allowInsecureRequests] },
  );
  const DPoP = openid.getDPoPHandle(configuration, await openid.randomDPoPKeyPair("ES256"));
  const dpop = isFapi ? { DPoP } : {};
  return async (approve) => {
    const verifier = openid.randomPKCECodeVerifier();
    const state = openid.randomState();
    const nonce = openid.randomNonce();
    const parameters = {
      redirect_uri: redirectUri,
      scope: "openid",
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
    };
    const url = isFapi
      ? await openid.buildAuthorizationUrlWithPAR(configuration, parameters, dpop)
      : openid.buildAuthorizationUrl(configuration, parameters);
    const browser = new Browser();
    const page = await browser.open(url.href);
    const callback = await approve(browser, page);
    const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce };
    await openid.authorizationCodeGrant(configuration, new URL(callback), checks, {}, dpop);
  };
}
