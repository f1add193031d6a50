import { type CryptoKey, type JWK, errors as joseErrors, jwtVerify } from "jose";
import * as z from "zod";
import { base64urlExactly, sha256, utf8 } from "./encoding.ts";
import { labels } from "./labels.ts";
import { enrolmentId } from "./names.ts";

/** The claims of every message signed by a phone with the device key of an enrolment (JWS, RFC 7515, ES256). */
export const phoneMessageClaims = {
  /** The CA's issuer name: a message is valid for one CA only. */
  aud: z.string().min(1).max(200),
  enrolmentId,
  iat: z.number().int(),
  /** 16 random bytes: the message's id. */
  jti: base64urlExactly(16),
};

/** Body of every endpoint for a phone's signed message. */
export const phoneMessage = z.strictObject({ message: z.string().max(16_384) });
export type PhoneMessage = z.infer<typeof phoneMessage>;

/**
 * The identity of a signed message: SHA-256 (base64url) of its JWS Signing Input (RFC 7515 §5.1). Without the signature,
 * because anybody with a message can re-encode it: s as n−s, or with other unused bits at its end.
 */
export const messageDigest = (jws: string): Promise<string> =>
  sha256(utf8(jws.slice(0, Math.max(0, jws.lastIndexOf(".")))));

/** Tolerance for a phone's clock, seconds. */
export const phoneClockSkewSeconds = 300;

export type PhoneMessageVerdict<T> =
  | { ok: true; claims: T }
  | { ok: false; code: "MESSAGE_UNTRUSTED" | "MESSAGE_STALE" | "MALFORMED_REQUEST" };

/** Verifies a phone's message under the key of its enrolment and parses it by its schema. */
export async function verifyPhoneMessage<T extends z.ZodType>(
  jws: string,
  key: CryptoKey | JWK,
  schema: T,
  options: { audience: string; now: Date },
): Promise<PhoneMessageVerdict<z.infer<T>>> {
  try {
    const { payload } = await jwtVerify(jws, key, {
      algorithms: ["ES256"],
      typ: labels.phoneMessage,
      audience: options.audience,
      currentDate: options.now,
      clockTolerance: phoneClockSkewSeconds,
      maxTokenAge: phoneClockSkewSeconds,
      requiredClaims: ["iat", "jti"],
    });
    const claims = schema.safeParse(payload);
    return claims.success ? { ok: true, claims: claims.data } : { ok: false, code: "MALFORMED_REQUEST" };
  } catch (error) {
    const stale =
      error instanceof joseErrors.JWTExpired ||
      (error instanceof joseErrors.JWTClaimValidationFailed && error.claim === "iat");
    return { ok: false, code: stale ? "MESSAGE_STALE" : "MESSAGE_UNTRUSTED" };
  }
}
