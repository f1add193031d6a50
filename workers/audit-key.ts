import { join } from "node:path";
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from "jose";
import { z } from "zod";
import { ConfigurationError } from "./configuration.ts";
import { readOrCreateKeyFile } from "./key-file.ts";

/** The key that signs checkpoints of the audit log, and nothing else. */
export interface AuditKey {
  kid: string;
  privateKey: CryptoKey;
  publicJwk: JWK;
}

const fileSchema = z.strictObject({
  kty: z.literal("EC"),
  crv: z.literal("P-256"),
  x: z.string(),
  y: z.string(),
  d: z.string(),
  kid: z.string(),
});

/** Reads `<directory>/audit-key.json`, or makes it on the first start. */
export async function ensureAuditKey(directory: string): Promise<AuditKey> {
  const path = join(directory, "audit-key.json");
  const parsed = fileSchema.safeParse(await readOrCreateKeyFile(path, newKey));
  if (!parsed.success)
    throw new ConfigurationError(`${path} is not a key file of this version; restore it from backup.`);
  const { d: _private, ...publicJwk } = parsed.data;
  const privateKey = (await importJWK(parsed.data as JWK, "ES256")) as CryptoKey;
  return { kid: publicJwk.kid, privateKey, publicJwk };
}

async function newKey(): Promise<object> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk) };
}
