import { decodeJwt } from "jose";
import * as z from "zod";
import { errors } from "./library.ts";

/** How old a DPoP proof may be, seconds (RFC 9449 §11.1). */
export const proofSeconds = 120;

/**
 * How far a party's clock may be off, seconds: FAPI 2.0 §5.3.2.1 has `iat` and `nbf` of ten seconds ahead accepted, and of
 * more than sixty refused.
 */
export const clockSkewSeconds = 30;
const acceptedAheadSeconds = 10;

const proofTimes = z.object({
  iat: z.number().optional(),
  nbf: z.number().optional(),
  exp: z.number().optional(),
});

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
 * Holds the times of a DPoP proof, whose signature the provider verifies, against our clock: the provider itself would take
 * an `iat` of five minutes before and after.
 * @throws errors.InvalidDpopProof where it is too old, lies ahead, has ended, or cannot be read
 */
export function requireProofTime(proof: string, now: Date): void {
  const { iat, nbf = iat, exp } = timesOf(proof);
  const isNow =
    iat !== undefined &&
    seconds(now) - iat <= proofSeconds + clockSkewSeconds &&
    [iat, nbf ?? iat].every((time) => time <= seconds(now) + clockSkewSeconds) &&
    (exp === undefined || exp > seconds(now) - clockSkewSeconds);
  if (!isNow) throw new errors.InvalidDpopProof("DPoP proof iat is not recent enough, or lies ahead");
}

/**
 * How long a proof has to wait until it begins, milliseconds, where its `nbf` is within the skew of clocks: the provider
 * allows none, and FAPI 2.0 has it accepted. 0 where it has begun, or is to be refused.
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
