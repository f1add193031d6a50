import { createHash, randomUUID } from "node:crypto";
import type { BoundToken } from "@kazasu/relying-party";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import * as openid from "openid-client";

/** Tokens for `RelyingPartyClient`, each with a proof for every request (DPoP, RFC 9449), by jose and openid-client. */
export async function boundTokens(configuration: openid.Configuration, scope: string) {
  const keys = await generateKeyPair("ES256");
  const jwk = await exportJWK(keys.publicKey);
  const DPoP = openid.getDPoPHandle(configuration, keys);
  return async (): Promise<BoundToken> => {
    const { access_token: accessToken } = await openid.clientCredentialsGrant(
      configuration,
      { scope },
      { DPoP },
    );
    const ath = createHash("sha256").update(accessToken).digest("base64url");
    const proof = (htm: string, htu: string) =>
      new SignJWT({ jti: randomUUID(), htm, htu, ath })
        .setIssuedAt()
        .setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk })
        .sign(keys.privateKey);
    return { accessToken, proof };
  };
}
