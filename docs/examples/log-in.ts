import * as openid from "openid-client";
import type { Party } from "./connect.ts";

/** What the site keeps in the session of the browser until it comes back. ブラウザーが戻るまでセッションに保存するもの。 */
export interface PendingLogin {
  codeVerifier: string;
  state: string;
  nonce: string;
}

/** Who has logged in. ログインした本人。 */
export interface LoggedIn {
  /**
   * The person's pseudonym at this party: the same with every login, certificate and event.
   * この相手先での本人の仮名。ログイン、証明書、イベントのどれでも同じ。
   */
  subject: string;
  /** `urn:kazasu:acr:device` or `urn:kazasu:acr:card`. 端末の鍵か、カードも使ったか。 */
  acr: string;
  /** Transactions that were signed with the login. ログインとともに署名された取引。 */
  transactions: string[];
}

/**
 * Pushes the request; send the browser to `redirectTo`. `more`: `acr_values`, `claims`, `authorization_details`.
 * リクエストを事前送信する。ブラウザーを `redirectTo` に移動させる。
 */
export async function beginLogin(
  { configuration, dpop }: Party,
  redirectUri: string,
  more: Record<string, string> = {},
): Promise<{ redirectTo: URL; pending: PendingLogin }> {
  const pending = {
    codeVerifier: openid.randomPKCECodeVerifier(),
    state: openid.randomState(),
    nonce: openid.randomNonce(),
  };
  const redirectTo = await openid.buildAuthorizationUrlWithPAR(
    configuration,
    {
      redirect_uri: redirectUri,
      scope: "openid",
      code_challenge: await openid.calculatePKCECodeChallenge(pending.codeVerifier),
      code_challenge_method: "S256",
      state: pending.state,
      nonce: pending.nonce,
      ...more,
    },
    { DPoP: dpop },
  );
  return { redirectTo, pending };
}

/**
 * The browser is back at `callback`. Throws what openid-client throws where anything does not fit.
 * ブラウザーが `callback` に戻った。合わないものがあれば openid-client の例外になる。
 */
export async function finishLogin(
  { configuration, dpop }: Party,
  callback: URL,
  { codeVerifier, state, nonce }: PendingLogin,
): Promise<LoggedIn> {
  const tokens = await openid.authorizationCodeGrant(
    configuration,
    callback,
    { pkceCodeVerifier: codeVerifier, expectedState: state, expectedNonce: nonce },
    {},
    { DPoP: dpop },
  );
  const claims = tokens.claims();
  if (!claims) throw new Error("There is no ID token in the answer.");
  const granted = (tokens["authorization_details"] ?? []) as unknown as { transaction_id: string }[];
  return {
    subject: claims.sub,
    acr: claims["acr"] as string,
    transactions: granted.map(({ transaction_id }) => transaction_id),
  };
}
