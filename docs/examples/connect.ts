import type { CryptoKey } from "jose";
import * as openid from "openid-client";

/** A party's program, as the CA knows it. */
export interface Party {
  configuration: openid.Configuration;
  /** Makes the proofs that a token is used by whom it was given to (DPoP, RFC 9449). */
  dpop: openid.DPoPHandle;
}

/**
 * Reads what the CA says of itself and makes a key for this process.
 * @param issuer `<gateway>/openid`, as `kazasu party add` has printed it
 * @param key the private key whose public part the operator has registered
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
    { execute: issuer.startsWith("http:") ? [openid.allowInsecureRequests] : [] },
  );
  return {
    configuration,
    dpop: openid.getDPoPHandle(configuration, await openid.randomDPoPKeyPair("ES256")),
  };
}

/** A token of the party's server, and a proof for each request: what `RelyingPartyClient` asks for. */
export async function serverToken({ configuration, dpop }: Party, scope: string): Promise<string> {
  const granted = await openid.clientCredentialsGrant(configuration, { scope }, { DPoP: dpop });
  return granted.access_token;
}
