import { type CryptoKey, type JWK, errors as joseErrors, jwtVerify } from "jose";
import * as z from "zod";
import { base64urlExactly, digest, p256Point } from "./encoding.ts";
import { labels } from "./labels.ts";
import { bilingual, enrolmentId, intent, language, registeredName } from "./names.ts";

/** The phone's challenge request (`POST /v1/challenges`). It has no personal data. */
export const challengeRequest = z.strictObject({
  party: registeredName,
  app: registeredName,
  intent,
  /** SHA-256 of the SubjectPublicKeyInfo (DER) of the newly generated signing key. */
  spkiSha256: digest,
  /** One-use ECDH key to which the activation code will be sealed. */
  ecdhKey: p256Point,
});
export type ChallengeRequest = z.infer<typeof challengeRequest>;

/** A notice that the phone may show: the CA publishes its text under `/v1/notices/<sha256>`. */
export const noticeReference = z.strictObject({
  id: registeredName,
  purpose: z.enum(["terms", "register-refresh", "disclosure", "link"]),
  version: z.string().min(1).max(32),
  language,
  /** SHA-256 of the UTF-8 text shown. */
  sha256: digest,
});
export type NoticeReference = z.infer<typeof noticeReference>;

/** The claims of the challenge, a JWS under the CA's service key (RFC 7515, ES256). */
export const challengeClaims = z.object({
  iss: z.string().max(200),
  /** The nonce: 32 random bytes, used once. */
  jti: base64urlExactly(32),
  iat: z.number().int(),
  exp: z.number().int(),
  enrolmentId,
  party: z.strictObject({ id: registeredName, name: bilingual }),
  app: registeredName,
  intent,
  spkiSha256: digest,
  ecdhKey: p256Point,
  /** The CA's HPKE key: DHKEM(P-256, HKDF-SHA256), to which application and activation are sealed. */
  sealing: z.strictObject({ kid: z.string().max(64), publicKey: p256Point }),
  notices: z.array(noticeReference).max(32),
  attestation: z.enum(["required", "optional"]),
});
export type ChallengeClaims = z.infer<typeof challengeClaims>;

/** The answer to a challenge request. */
export const challengeAnswer = z.strictObject({ challenge: z.string().max(16_384) });
export type ChallengeAnswer = z.infer<typeof challengeAnswer>;

export type ChallengeVerdict =
  | { ok: true; claims: ChallengeClaims }
  | { ok: false; code: "CHALLENGE_INVALID" | "CHALLENGE_EXPIRED" };

/**
 * Verifies a challenge under a pinned service key.
 *
 * The phone calls it before it shows anything, and the CA when the challenge is returned. `clockToleranceSeconds` allows for a
 * phone with a wrong clock; the CA passes 0.
 */
export async function verifyChallenge(
  jws: string,
  key: CryptoKey | JWK,
  options: { now: Date; clockToleranceSeconds?: number },
): Promise<ChallengeVerdict> {
  try {
    const { payload } = await jwtVerify(jws, key, {
      algorithms: ["ES256"],
      typ: labels.challenge,
      currentDate: options.now,
      clockTolerance: options.clockToleranceSeconds ?? 0,
      requiredClaims: ["jti", "iat", "exp"],
    });
    const claims = challengeClaims.safeParse(payload);
    return claims.success ? { ok: true, claims: claims.data } : { ok: false, code: "CHALLENGE_INVALID" };
  } catch (error) {
    const code = error instanceof joseErrors.JWTExpired ? "CHALLENGE_EXPIRED" : "CHALLENGE_INVALID";
    return { ok: false, code };
  }
}
