import { createPublicKey } from "node:crypto";
import type { JWK } from "jose";
import * as z from "zod";
import type { IssuerName } from "../../protocol/issuer.ts";

/** The algorithms of a client's assertions, by issuer and type of key. */
const algorithms: Record<IssuerName, Record<string, readonly string[]>> = {
  openid: { EC: ["ES256"], RSA: ["PS256"], OKP: ["EdDSA", "Ed25519"] },
  oidc: { EC: ["ES256"], RSA: ["PS256", "RS256"] },
};
const curves: Record<string, string> = { EC: "P-256", OKP: "Ed25519" };
/** Of an RSA key: below it signatures are too weak, above it they cost too much to verify. */
const fewestBits = 2_048;
const mostBits = 4_096;

const coordinate = z.string().max(1_024);
/** The members of a public key that are kept (RFC 7517, RFC 7518 §6); others are dropped. */
const publicMembers = z.object({
  kty: z.string().max(8),
  kid: z
    .string({ error: "needs a kid, which the client's assertions name" })
    .regex(/^[\x21-\x7e]{1,128}$/, "has a kid that is not 1 to 128 visible ASCII characters"),
  use: z.literal("sig", { error: 'is for another use: set "use" to "sig", or leave it out' }).optional(),
  alg: z.string().max(16).optional(),
  crv: z.string().max(16).optional(),
  x: coordinate.optional(),
  y: coordinate.optional(),
  n: coordinate.optional(),
  e: coordinate.optional(),
  /** When the key ends, seconds since 1970 (OpenID Federation 1.0 §8.7.2). */
  exp: z.int().min(1).max(253_402_300_799).optional(),
});
const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

/** A public key of a client. `exp`: when it ends, seconds since 1970; absent: never. */
export type ClientKey = JWK & { kty: string; kid: string; exp?: number };

/** The key cannot be used; the message says why and what to change, as the end of a sentence that begins with "The key". */
export class KeyUnusable extends Error {
  override name = "KeyUnusable";
}

/**
 * Reads a public key for a client's assertions at an issuer: P-256, RSA of 2048 to 4096 bits or, at `openid`, Ed25519.
 * @throws KeyUnusable
 */
export function readClientKey(given: unknown, issuer: IssuerName): ClientKey {
  if (typeof given === "object" && given !== null && privateMembers.some((member) => member in given))
    throw new KeyUnusable("is private: use a file with the public key only, and keep this one to yourself");
  const read = publicMembers.safeParse(given);
  if (!read.success) throw new KeyUnusable(wordsOf(read.error));
  // The type of an optional member is looser than that of the standard.
  const key = read.data as ClientKey;
  const allowed = algorithms[issuer][key.kty];
  if (allowed === undefined || (curves[key.kty] ?? key.crv) !== key.crv)
    throw new KeyUnusable(`is of a type that the issuer ${issuer} does not accept: use ${typesOf(issuer)}`);
  if (key.alg !== undefined && !allowed.includes(key.alg))
    throw new KeyUnusable(
      `is for ${asText(key.alg)}, which the issuer ${issuer} does not accept: use ${allowed.join(" or ")}`,
    );
  requireWellFormed(key);
  return key;
}

const typesOf = (issuer: IssuerName): string =>
  issuer === "openid" ? "P-256, RSA (PS256) or Ed25519" : "P-256 or RSA";

function requireWellFormed(key: ClientKey): void {
  try {
    const { asymmetricKeyDetails } = createPublicKey({ key: { ...key }, format: "jwk" });
    const { modulusLength: bits = fewestBits, publicExponent = 65_537n } = asymmetricKeyDetails ?? {};
    if (bits >= fewestBits && bits <= mostBits && publicExponent === 65_537n) return;
  } catch {
    throw new KeyUnusable("is no valid public key: export it again");
  }
  throw new KeyUnusable(`must have ${fewestBits} to ${mostBits} bits and the exponent 65537: make a new one`);
}

/** Printable, and short: it is repeated in a message. */
const asText = (alg: string): string => (/^[\w-]+$/.test(alg) ? alg : "another algorithm");

const wordsOf = ({ issues: [issue] }: z.ZodError): string =>
  issue?.path.length === 1 && (issue.path[0] === "kid" || issue.path[0] === "use")
    ? issue.message
    : `is no public key: ${issue?.path.join(".") || "the whole"} is wrong`;

/** Whether a key is not ended. */
export function isUsable(key: JWK, now: Date): boolean {
  const { exp } = key as { exp?: unknown };
  return typeof exp !== "number" || exp * 1_000 > now.getTime();
}
