import { decodeJwt, decodeProtectedHeader } from "jose";
import { clockSkewSeconds } from "./proof-times.ts";
import { shown } from "./shown.ts";

/** What an issuer requires of a client's assertion (RFC 7523). */
export interface AssertionRules {
  /** The accepted values of `aud`. */
  audiences: readonly string[];
  algorithms: readonly string[];
  /** The longest validity ahead, seconds. */
  longestSeconds: number;
}

/**
 * Why a client's assertion was refused, for its developer. It was refused before.
 * @param detail what the provider's library says, where only it can know: keys, signature, single use
 */
export function assertionFault(
  assertion: string,
  detail: string | undefined,
  { rules, now }: { rules: AssertionRules; now: Date },
): string | undefined {
  const decoded = decode(assertion);
  if (!decoded) return "the client assertion is not a JWT";
  const { header, claims } = decoded;
  return (
    nameFault(header, claims, rules) ??
    timeFault(claims, rules, Math.floor(now.getTime() / 1_000)) ??
    keyFault(header, detail)
  );
}

type Members = Record<string, unknown>;

function decode(assertion: string): { header: Members; claims: Members } | undefined {
  try {
    return { header: { ...decodeProtectedHeader(assertion) }, claims: decodeJwt(assertion) };
  } catch {
    return undefined;
  }
}

function nameFault(
  { alg }: Members,
  { iss, sub, jti, aud }: Members,
  { algorithms, audiences }: AssertionRules,
): string | undefined {
  if (typeof alg !== "string" || !algorithms.includes(alg))
    return `alg of the client assertion is ${shown(alg)}; expected ${algorithms.join(", ")}`;
  if (iss !== sub) return "iss and sub of the client assertion must both be the client_id";
  if (typeof jti !== "string" || jti === "") return "the client assertion has no jti";
  const given = [aud].flat();
  const isRight = given.every((each) => typeof each === "string" && audiences.includes(each));
  // A list with one member is a list: FAPI 2.0 §5.3.2.1 requires a string.
  if (isRight && (audiences.length > 1 || !Array.isArray(aud))) return undefined;
  return `aud of the client assertion is ${shown(aud)}; expected ${audiences.join(" or ")}${audiences.length > 1 ? "" : ", as a string"}`;
}

function timeFault(
  { exp, nbf, iat }: Members,
  { longestSeconds }: AssertionRules,
  now: number,
): string | undefined {
  if (typeof exp !== "number") return "exp of the client assertion is missing, or no number of seconds";
  if (exp <= now - clockSkewSeconds)
    return `the client assertion expired ${now - exp} seconds ago: make a new one for every request, and check the clock`;
  if (exp > now + longestSeconds)
    return `exp of the client assertion is ${exp - now} seconds ahead; at most ${longestSeconds} are accepted`;
  for (const [name, time] of Object.entries({ nbf, iat })) {
    if (time === undefined) continue;
    if (typeof time !== "number") return `${name} of the client assertion is no number of seconds`;
    if (time > now + clockSkewSeconds)
      return `${name} of the client assertion is ${time - now} seconds in the future; at most ${clockSkewSeconds} are accepted: check the clock`;
  }
  return undefined;
}

function keyFault({ kid, alg }: Members, detail = ""): string | undefined {
  if (/no applicable key/.test(detail))
    return `the client has no key with kid ${shown(kid)} for ${shown(alg)}; keys at a jwks_uri are used for one minute after they were read`;
  if (/signature verification/.test(detail))
    return `the signature of the client assertion does not verify with the client's key ${shown(kid)}`;
  if (/only be used once/.test(detail))
    return "the jti of this client assertion was used before: make a new assertion for every request";
  return undefined;
}
