import type { CryptoKey } from "jose";
import * as openid from "openid-client";

/** A party's program, as the CA knows it. 認証局から見た相手先のプログラム。 */
export interface Party {
  configuration: openid.Configuration;
  /** Makes the proofs that a token is used by whom it was given to (DPoP, RFC 9449). トークンの正当な使用者であることを示す証明を作る。 */
  dpop: openid.DPoPHandle;
}

/**
 * Reads what the CA says of itself and makes a key for this process.
 * 認証局の設定文書を読み、このプロセスの鍵を作る。
 * @param issuer `<gateway>/openid`, as `kazasu party add` has printed it
 *   （`kazasu party add` が表示した issuer）
 * @param key the private key whose public part the operator has registered
 *   （公開鍵を運用者が登録した、相手先の秘密鍵）
 */
export async function connect(
  issuer: string,
  clientId: string,
  key: { kid: string; key: CryptoKey },
): Promise<Party> {
  const configuration = await openid.discovery(
    new URL(issuer),
    clientId,
    { dpop_bound_access_tokens: true, id_token_signed_response_alg: "ES256" },
    openid.PrivateKeyJwt(key),
    // A CA on your own machine has no TLS; one that has it is never spoken to without.
    // 手元のマシンの認証局には TLS がない。TLS のある認証局には必ず TLS で接続する。
    { execute: issuer.startsWith("http:") ? [openid.allowInsecureRequests] : [] },
  );
  return {
    configuration,
    dpop: openid.getDPoPHandle(configuration, await openid.randomDPoPKeyPair("ES256")),
  };
}

/**
 * A token of the party's server; `dpop` makes the proof for each request.
 * 相手先のサーバーのトークン。リクエストごとの証明は `dpop` が作る。
 */
export async function serverToken({ configuration, dpop }: Party, scope: string): Promise<string> {
  const granted = await openid.clientCredentialsGrant(configuration, { scope }, { DPoP: dpop });
  return granted.access_token;
}
