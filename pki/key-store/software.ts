import { createPublicKey, generateKeyPair, type KeyObject, sign } from "node:crypto";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { createDurably } from "./durable-file.ts";
import { decryptPrivateKey, encryptPrivateKey } from "./encrypted-pkcs8.ts";
import {
  type GeneratingKeyStore,
  type KeyAlgorithm,
  KeyStoreError,
  keyIdPattern,
  type SignatureAlgorithm,
} from "./key-store.ts";
import { digestOf, keyAlgorithmOf, signatureAlgorithmOf } from "./signature-algorithm.ts";

const suffix = ".key.pem";

interface LoadedKey {
  key: KeyObject;
  algorithm: SignatureAlgorithm;
  spki: Uint8Array;
}

const makeKeyPair = promisify(generateKeyPair);
const makeSignature = promisify(sign);

/**
 * Opens the key store for development: each key is a file `<id>.key.pem`, mode 0600, encrypted PKCS#8, as `openssl pkey
 * -passin` reads it. Creates the directory (mode 0700) if it does not exist.
 *
 * A key is decrypted at its first use and stays in memory from then on, so an unused key, such as the root's after the
 * ceremony, is never in the clear.
 */
export async function openSoftwareKeyStore(
  directory: string,
  passphrase: string,
): Promise<GeneratingKeyStore> {
  if (passphrase === "") throw new TypeError("The key store requires a non-empty passphrase.");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const loaded = new Map<string, Promise<LoadedKey>>();

  const load = async (id: string): Promise<LoadedKey> => {
    const text = await readFile(pathOf(directory, id), "utf8").catch(() => {
      throw new KeyStoreError("KEY_UNKNOWN", `There is no readable key "${id}" in ${directory}.`);
    });
    try {
      return loadedKey(decryptPrivateKey(text, passphrase));
    } catch {
      throw new KeyStoreError(
        "KEY_UNREADABLE",
        `The key "${id}" in ${directory} does not open: check the passphrase, or restore the file from a backup.`,
      );
    }
  };

  const keyOf = (id: string): Promise<LoadedKey> => {
    const known = loaded.get(id);
    if (known !== undefined) return known;
    const key = load(id);
    loaded.set(id, key);
    key.catch(() => loaded.delete(id));
    return key;
  };

  return {
    async list() {
      const names = await readdir(directory);
      return names
        .filter((name) => name.endsWith(suffix))
        .map((name) => name.slice(0, -suffix.length))
        .filter((id) => keyIdPattern.test(id))
        .toSorted();
    },

    async publicKey(id) {
      return (await keyOf(id)).spki;
    },

    async sign(id, data) {
      const { key, algorithm } = await keyOf(id);
      const signature = await makeSignature(digestOf(algorithm), data, { key, dsaEncoding: "der" });
      return { algorithm, signature: new Uint8Array(signature) };
    },

    async generate(id, algorithm) {
      const { privateKey } = await makePair(algorithm);
      const text = await encryptPrivateKey(privateKey, passphrase);
      try {
        await createDurably(pathOf(directory, id), text, 0o600);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") {
          throw new KeyStoreError(
            "KEY_EXISTS",
            `There is already a key "${id}" in ${directory}; take another id.`,
          );
        }
        throw error;
      }
      const made = loadedKey(privateKey);
      loaded.set(id, Promise.resolve(made));
      return made.spki;
    },
  };
}

/** Ids become file names: the pattern prevents paths outside the directory. */
function pathOf(directory: string, id: string): string {
  if (!keyIdPattern.test(id)) {
    throw new KeyStoreError(
      "KEY_ID_INVALID",
      "A key id is 1 to 64 lower-case letters, digits and inner hyphens.",
    );
  }
  return join(directory, id + suffix);
}

function makePair(algorithm: KeyAlgorithm): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> {
  if (algorithm === "P-256" || algorithm === "P-384") return makeKeyPair("ec", { namedCurve: algorithm });
  return makeKeyPair("rsa", { modulusLength: Number(algorithm.slice("RSA-".length)) });
}

/** Throws for a type of key that this CA does not use. */
function loadedKey(key: KeyObject): LoadedKey {
  const keyAlgorithm = keyAlgorithmOf(key);
  if (keyAlgorithm === undefined) throw new TypeError("The key is of a kind this store does not use.");
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  return { key, algorithm: signatureAlgorithmOf(keyAlgorithm), spki: new Uint8Array(spki) };
}
