import { join } from "node:path";
import { readOrCreateKeyFile } from "./key-file.ts";
import { newSigningJwk, type SigningKey, signingJwk, signingKey } from "./signing-jwk.ts";

/** The key that signs checkpoints of the audit log, and nothing else: `<directory>/audit-key.json`, made on the first start. */
export async function ensureAuditKey(directory: string): Promise<SigningKey> {
  const path = join(directory, "audit-key.json");
  return signingKey(await readOrCreateKeyFile(path, signingJwk, () => newSigningJwk("ES256")));
}
