import { decodeJwt } from "jose";
import { errors } from "oidc-provider";

/** How old a DPoP proof may be, seconds (RFC 9449 §11.1). */
export const proofSeconds = 120;

/**
 * How far a party's clock may be off, seconds: FAPI 2.0 §5.3.2.1 has `iat` and `nbf` of ten seconds ahead accepted, and of
 * more than sixty refused.
 */
export const clockSkewSeconds = 30;

/**
 * Holds the `iat` of a client's assertion, which need not have one (RFC 7523 §3), against our clock.
 * @throws errors.InvalidClientAuth where it lies ahead
 */
export function requireAssertionTime(iat: unknown, now: Date): void {
  if (iat === undefined) return;
  if (typeof iat !== "number" || iat > seconds(now) + clockSkewSeconds)
    throw new errors.InvalidClientAuth("iat must not lie ahead");
}

/**
 * Holds the `iat` of a DPoP proof, whose signature the provider verifies, against our clock: the provider itself would take
 * one of five minutes before and after.
 * @throws errors.InvalidDpopProof where it is too old, lies ahead, or cannot be read
 */
export function requireProofTime(proof: string, now: Date): void {
  const iat = issuedAt(proof);
  const age = iat === undefined ? undefined : seconds(now) - iat;
  if (age === undefined || age > proofSeconds + clockSkewSeconds || age < -clockSkewSeconds)
    throw new errors.InvalidDpopProof("DPoP proof iat is not recent enough, or lies ahead");
}

function issuedAt(proof: string): number | undefined {
  try {
    const { iat } = decodeJwt(proof);
    return typeof iat === "number" ? iat : undefined;
  } catch {
    return undefined;
  }
}

const seconds = (time: Date): number => Math.floor(time.getTime() / 1000);
