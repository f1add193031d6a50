import {
  authorizationCodeGrant,
  type BackchannelAuthenticationResponse,
  buildAuthorizationUrlWithPAR,
  calculatePKCECodeChallenge,
  initiateBackchannelAuthentication,
  pollBackchannelAuthenticationGrant,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  type TokenEndpointResponse,
  type TokenEndpointResponseHelpers,
} from "openid-client";
import { z } from "zod";
import type { Client } from "./authority.ts";

/** What a party stores of a login until its browser returns. */
export interface PendingLogin {
  redirectUri: string;
  codeVerifier: string;
  state: string;
  nonce: string;
}

/** The result of a login. */
export interface LoggedIn {
  /** The person's pseudonym at the party. */
  subject: string;
  /** Later identifies this browser, if the phone was on the same device; stored only in that browser. */
  browserToken: string | undefined;
  /** The transaction that was signed with the login. */
  transactionId: string | undefined;
}

/** `authorization_details` of a login (RFC 9396). */
export type Details = readonly object[];

/** A pending login by push. */
export type PushedLogin = BackchannelAuthenticationResponse;

const granted = z.array(z.looseObject({ transaction_id: z.string().optional() })).optional();

/** Pushes the request of a login (RFC 9126, PKCE); redirect the browser to `redirectTo`. */
export async function beginLogin(
  { configuration, dpop }: Client,
  redirectUri: string,
  details: Details = [],
): Promise<{ redirectTo: string; pending: PendingLogin }> {
  const pending = {
    redirectUri,
    codeVerifier: randomPKCECodeVerifier(),
    state: randomState(),
    nonce: randomNonce(),
  };
  const request = {
    redirect_uri: redirectUri,
    scope: "openid",
    code_challenge: await calculatePKCECodeChallenge(pending.codeVerifier),
    code_challenge_method: "S256",
    state: pending.state,
    nonce: pending.nonce,
    ...withDetails(details),
  };
  const { href } = await buildAuthorizationUrlWithPAR(configuration, request, { DPoP: dpop });
  return { redirectTo: href, pending };
}

/** Processes the query with which its browser returned. Throws what openid-client throws if anything does not match. */
export async function finishLogin(
  { configuration, dpop }: Client,
  query: URLSearchParams,
  { redirectUri, codeVerifier, state, nonce }: PendingLogin,
): Promise<LoggedIn> {
  const checks = { pkceCodeVerifier: codeVerifier, expectedState: state, expectedNonce: nonce };
  const callback = new URL(`?${query.toString()}`, redirectUri);
  return read(await authorizationCodeGrant(configuration, callback, checks, {}, { DPoP: dpop }));
}

/**
 * Requests a login without a redirect (CIBA), from the person whose browser has shown `browserToken`. Show `number` with
 * `message`. Throws what openid-client throws.
 */
export async function pushLogin(
  { configuration }: Client,
  asked: { browserToken: string; message: string; number: number; seconds: number; details?: Details },
): Promise<PushedLogin> {
  return initiateBackchannelAuthentication(configuration, {
    scope: "openid",
    login_hint_token: asked.browserToken,
    binding_message: `${asked.message} ${asked.number}`,
    requested_expiry: String(asked.seconds),
    ...withDetails(asked.details ?? []),
  });
}

/** Waits until the person has answered. Throws what openid-client throws: `access_denied` if declined. */
export async function untilAnswered(
  { configuration, dpop }: Client,
  pushed: PushedLogin,
  closing: AbortSignal,
): Promise<LoggedIn> {
  const often = { ...pushed, interval: 1 };
  const signal = AbortSignal.any([closing, AbortSignal.timeout(pushed.expires_in * 1_000)]);
  return read(
    await pollBackchannelAuthenticationGrant(configuration, often, undefined, { DPoP: dpop, signal }),
  );
}

const withDetails = (details: Details): Record<string, string> =>
  details.length === 0 ? {} : { authorization_details: JSON.stringify(details) };

function read(tokens: TokenEndpointResponse & TokenEndpointResponseHelpers): LoggedIn {
  const claims = tokens.claims();
  if (!claims) throw new Error("The CA's answer has no ID token: compare the two versions.");
  const hint = claims["login_hint_token"];
  return {
    subject: claims.sub,
    browserToken: typeof hint === "string" ? hint : undefined,
    transactionId: granted.parse(tokens["authorization_details"])?.[0]?.transaction_id,
  };
}
