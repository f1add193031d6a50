import { join } from "node:path";
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from "jose";
import webPush from "web-push";
import { z } from "zod";
import { ConfigurationError } from "./configuration.ts";
import { readOrCreateKeyFile } from "./key-file.ts";

/** A key that signs what parties verify by `/jwks.json`. */
export interface PublishedKey {
  kid: string;
  privateKey: CryptoKey;
  publicJwk: JWK;
}

/** The keys with which parties and phones are told things. They prove who tells, and open nothing. */
export interface DeliveryKeys {
  /** Security Event Tokens, by the algorithm a stream asks for. */
  events: { ES256: PublishedKey; RS256: PublishedKey };
  /** Access tokens of parties. */
  tokens: { privateJwk: JWK; publicJwk: JWK };
  /** VAPID (RFC 8292): base64url, as Web Push libraries take them. */
  vapid: { publicKey: string; privateKey: string };
}

const jwk = z.looseObject({ kty: z.string(), kid: z.string(), alg: z.string() });
const fileSchema = z.object({
  events: z.object({ ES256: jwk, RS256: jwk }),
  tokens: jwk,
  vapid: z.object({ publicKey: z.string(), privateKey: z.string() }),
});

/** Reads `<directory>/delivery-keys.json`, or makes it on the first start. */
export async function ensureDeliveryKeys(directory: string): Promise<DeliveryKeys> {
  const path = join(directory, "delivery-keys.json");
  const parsed = fileSchema.safeParse(await readOrCreateKeyFile(path, newKeys));
  if (!parsed.success)
    throw new ConfigurationError(`${path} is not a key file of this version; restore it from backup.`);
  const { events, tokens, vapid } = parsed.data;
  const [ES256, RS256] = await Promise.all([published(events.ES256), published(events.RS256)]);
  return { events: { ES256, RS256 }, tokens: { privateJwk: tokens, publicJwk: publicPart(tokens) }, vapid };
}

async function newKeys(): Promise<object> {
  const [ES256, RS256, tokens] = await Promise.all([newJwk("ES256"), newJwk("RS256"), newJwk("ES256")]);
  return { events: { ES256, RS256 }, tokens, vapid: webPush.generateVAPIDKeys() };
}

async function newJwk(alg: "ES256" | "RS256"): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const exported = await exportJWK(privateKey);
  return { ...exported, kid: await calculateJwkThumbprint(exported), use: "sig", alg };
}

async function published(privateJwk: JWK): Promise<PublishedKey> {
  const { kid = "", alg } = privateJwk;
  const privateKey = (await importJWK(privateJwk, alg)) as CryptoKey;
  return { kid, privateKey, publicJwk: publicPart(privateJwk) };
}

/** The members of a key that everybody may see (RFC 7518 §6). */
const publicMembers = ["kty", "crv", "x", "y", "n", "e", "kid", "use", "alg"];

const publicPart = (privateJwk: JWK): JWK =>
  Object.fromEntries(Object.entries(privateJwk).filter(([name]) => publicMembers.includes(name))) as never;
