import { join } from "node:path";
import { ConfigurationError } from "./configuration.ts";
import { readOrCreateKeyFile } from "./key-file.ts";
import { newSigningJwk, type SigningKey, signingJwk, signingKey } from "./signing-jwk.ts";

/** The key that signs only checkpoints of the audit log: `<directory>/audit-key.json`, generated at the first start. */
export async function ensureAuditKey(directory: string): Promise<SigningKey> {
  const path = join(directory, "audit-key.json");
  return signingKey(await readOrCreateKeyFile(path, signingJwk, () => newSigningJwk("ES256")));
}

/**
 * The same, for verification only: a newly generated key would report every checkpoint as forged.
 * @throws ConfigurationError if the file does not exist
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
