import { join } from "node:path";
import { ConfigurationError } from "./configuration.ts";
import { readOrCreateKeyFile } from "./key-file.ts";
import { newSigningJwk, type SigningKey, signingJwk, signingKey } from "./signing-jwk.ts";

/** The key that signs checkpoints of the audit log, and nothing else: `<directory>/audit-key.json`, made on the first start. */
export async function ensureAuditKey(directory: string): Promise<SigningKey> {
  const path = join(directory, "audit-key.json");
  return signingKey(await readOrCreateKeyFile(path, signingJwk, () => newSigningJwk("ES256")));
}

/**
 * The same for who only verifies: a key that is made then would call every checkpoint forged.
 * @throws ConfigurationError where it is not there
 */
export async function readAuditKey(directory: string): Promise<SigningKey> {
  const path = join(directory, "audit-key.json");
  const missing = async () => {
    throw new ConfigurationError(
      `${path} is not there: name the folder of the worker's keys in KAZASU_KEYS.`,
    );
  };
  return signingKey(await readOrCreateKeyFile(path, signingJwk, missing));
}
