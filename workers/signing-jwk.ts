import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from "jose";
import * as z from "zod";

/** A private key for JWSs, as stored in a key file. */
export const signingJwk = z.looseObject({
  kty: z.string(),
  kid: z.string(),
  alg: z.enum(["ES256", "RS256"]),
});

/** A private key for JWSs, and its public key. */
export interface SigningKey {
  kid: string;
  privateKey: CryptoKey;
  publicJwk: JWK;
}

/** A new key; its `kid` is its thumbprint (RFC 7638). */
export async function newSigningJwk(alg: "ES256" | "RS256"): Promise<z.infer<typeof signingJwk>> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const { kty = "", ...exported } = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint({ kty, ...exported });
  return { kty, ...exported, kid, use: "sig", alg };
}

export async function signingKey(jwk: z.infer<typeof signingJwk>): Promise<SigningKey> {
  const privateKey = (await importJWK(jwk, jwk.alg)) as CryptoKey;
  return { kid: jwk.kid, privateKey, publicJwk: publicPart(jwk) };
}

/** The public members of a key (RFC 7518 §6). */
const publicMembers = ["kty", "crv", "x", "y", "n", "e", "kid", "use", "alg"];

export const publicPart = (jwk: z.infer<typeof signingJwk>): JWK =>
  Object.fromEntries(Object.entries(jwk).filter(([name]) => publicMembers.includes(name)));
