import { decodeJwt } from "jose";
import * as z from "zod";
import { errors } from "./library.ts";

/** The maximum age of a DPoP proof, seconds (RFC 9449 §11.1). */
export const proofSeconds = 120;

/**
 * Tolerance for a party's clock, seconds: FAPI 2.0 §5.3.2.1 requires that `iat` and `nbf` up to ten seconds in the future are
 * accepted, and more than sixty refused.
 */
export const clockSkewSeconds = 30;
const acceptedAheadSeconds = 10;

const proofTimes = z.object({
  iat: z.number().optional(),
  nbf: z.number().optional(),
  exp: z.number().optional(),
});

/**
 * Checks the `iat` of a client's assertion, which is optional (RFC 7523 §3), against our clock.
 * @throws errors.InvalidClientAuth if it is in the future
 */
export function requireAssertionTime(iat: unknown, now: Date): void {
  if (iat === undefined) return;
  if (typeof iat !== "number" || iat > seconds(now) + clockSkewSeconds)
    throw new errors.InvalidClientAuth("iat must not be in the future");
}

/**
 * Checks the times of a DPoP proof, whose signature the provider verifies, against our clock: the provider itself accepts an
 * `iat` five minutes before and after.
 * @throws errors.InvalidDpopProof if it is too old, in the future, expired, or unreadable
 */
export function requireProofTime(proof: string, now: Date): void {
  const { iat, nbf = iat, exp } = timesOf(proof);
  const isNow =
    iat !== undefined &&
    seconds(now) - iat <= proofSeconds + clockSkewSeconds &&
    [iat, nbf ?? iat].every((time) => time <= seconds(now) + clockSkewSeconds) &&
    (exp === undefined || exp > seconds(now) - clockSkewSeconds);
  if (!isNow) throw new errors.InvalidDpopProof("DPoP proof iat is not recent enough, or is in the future");
}

/**
 * How long to wait until a proof's `nbf`, milliseconds, if it is within the clock tolerance: the provider allows none, and FAPI
 * 2.0 requires one. 0 if it is valid now, or is to be refused.
 */
export function proofBeginsInMs(proof: string, now: Date): number {
  const ahead = (timesOf(proof).nbf ?? 0) * 1_000 - now.getTime();
  return ahead > 0 && ahead <= acceptedAheadSeconds * 1_000 ? ahead : 0;
}

function timesOf(proof: string): Partial<z.infer<typeof proofTimes>> {
  try {
    return proofTimes.parse(decodeJwt(proof));
  } catch {
    return {};
  }
}

const seconds = (time: Date): number => Math.floor(time.getTime() / 1000);
