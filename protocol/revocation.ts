import {
  type CryptoKey,
  decodeProtectedHeader,
  EmbeddedJWK,
  errors as joseErrors,
  jwtVerify,
  SignJWT,
} from "jose";
import * as z from "zod";
import { base64urlExactly } from "./encoding.ts";
import { labels } from "./labels.ts";
import { phoneMessageClaims } from "./phone-message.ts";

/** Why a certificate is revoked (RFC 5280 §5.3.1). Without certificateHold: a revocation is permanent. */
export const revocationReason = z.enum([
  "unspecified",
  "keyCompromise",
  "affiliationChanged",
  "superseded",
  "cessationOfOperation",
  "privilegeWithdrawn",
]);
export type RevocationReason = z.infer<typeof revocationReason>;

/** The reasons for which a person may revoke their own certificate. */
export const personsReason = revocationReason.extract([
  "unspecified",
  "keyCompromise",
  "cessationOfOperation",
]);

/** The person revokes the enrolment's own certificate permanently. */
export const revocation = z.strictObject({
  type: z.literal(labels.revocation),
  ...phoneMessageClaims,
  reason: personsReason,
});
export type RevocationMessage = z.infer<typeof revocation>;

/** Body of `POST /v1/key-compromises`: a JWS by the compromised key itself. */
export const keyCompromiseReport = z.strictObject({ proof: z.string().max(4_096) });

/** The answer to both: the revoked certificates, lower-case hex, and since when. */
export const revoked = z.strictObject({
  serials: z.array(z.string().regex(/^(?:[0-9a-f]{2}){1,20}$/)).max(256),
  revokedAt: z.iso.datetime(),
});
export type Revoked = z.infer<typeof revoked>;

const keyCompromiseClaims = z.object({
  aud: z.string().min(1).max(200),
  iat: z.number().int(),
  jti: base64urlExactly(16),
});

/** Validity of a proof, seconds, so that an old proof is useless to a finder. */
const proofSeconds = 300;
/** Tolerance for clocks, seconds. */
const clockSkewSeconds = 60;

export type KeyCompromiseVerdict =
  | { ok: true; publicKey: CryptoKey }
  | { ok: false; code: "MESSAGE_UNTRUSTED" | "MESSAGE_STALE" };

/**
 * Proves possession of a private key, to report it as compromised (as in RFC 8555 §7.6): a compact JWS by the key, with its
 * public part as `jwk` in the header.
 */
export async function proveKeyCompromise(
  key: { privateKey: CryptoKey; publicJwk: { kty: string; crv: string; x: string; y: string } },
  claims: { issuer: string; jti: string; now: Date },
): Promise<string> {
  return new SignJWT({ jti: claims.jti })
    .setProtectedHeader({ alg: "ES256", typ: labels.keyCompromise, jwk: key.publicJwk })
    .setAudience(claims.issuer)
    .setIssuedAt(Math.floor(claims.now.getTime() / 1000))
    .sign(key.privateKey);
}

/** Verifies a proof under the key it contains, which is then the reported key. */
export async function verifyKeyCompromise(
  proof: string,
  options: { audience: string; now: Date },
): Promise<KeyCompromiseVerdict> {
  try {
    const { payload, key } = await jwtVerify(proof, EmbeddedJWK, {
      algorithms: ["ES256"],
      typ: labels.keyCompromise,
      audience: options.audience,
      currentDate: options.now,
      clockTolerance: clockSkewSeconds,
      maxTokenAge: proofSeconds,
    });
    const known = keyCompromiseClaims.safeParse(payload).success && "jwk" in decodeProtectedHeader(proof);
    return known ? { ok: true, publicKey: key } : { ok: false, code: "MESSAGE_UNTRUSTED" };
  } catch (error) {
    const stale =
      error instanceof joseErrors.JWTExpired ||
      (error instanceof joseErrors.JWTClaimValidationFailed && error.claim === "iat");
    return { ok: false, code: stale ? "MESSAGE_STALE" : "MESSAGE_UNTRUSTED" };
  }
}
