import {
  type GeneratingKeyStore,
  KeyStoreError,
  keyIdPattern,
  type SignatureAlgorithm,
} from "../key-store.ts";
import { signatureAlgorithmOfSpki } from "../signature-algorithm.ts";
import { SessionPool } from "./pool.ts";
import { spkiOf, type TokenPublicKey } from "./public-key.ts";
import { tokenInput, x509Signature } from "./signature.ts";

export interface Pkcs11Options {
  /** Path of the vendor's PKCS#11 library. */
  module: string;
  /** Label of the token. */
  token: string;
  /** The user PIN. Sent only to the token; never in an error or log. */
  pin: string;
  /** The most concurrent signatures; each session is a process. Default 2. */
  sessions?: number;
  /**
   * Time limit of a signature, milliseconds, after which its outcome is unknown; and of the wait for a session before it.
   * Default 10,000.
   */
  signTimeoutMs?: number;
}

export interface Pkcs11KeyStore extends GeneratingKeyStore {
  /** The key's protection attributes, as reported by the token. */
  protection(id: string): Promise<{ sensitive: boolean; extractable: boolean; neverExtractable: boolean }>;
  /** Completes pending operations and closes the sessions. */
  close(): Promise<void>;
}

interface KnownKey {
  spki: Uint8Array;
  algorithm: SignatureAlgorithm;
}

/** Generating an RSA-4096 key takes a device seconds, some a minute. */
const longestGenerationMs = 120_000;

/**
 * Opens a PKCS#11 token (OASIS PKCS#11 v2.40) as a key store. The library runs in separate processes, so that a slow device
 * blocks nothing else. If a session was lost, or the token was removed and reinserted, a new session is opened and the request
 * repeated once; while the token is unavailable everything rejects with KEY_STORE_UNAVAILABLE. A key's id is its CKA_LABEL and
 * its CKA_ID.
 *
 * Rejects with {@link KeyStoreError}: KEY_STORE_MISSING, PIN_REFUSED, KEY_STORE_UNAVAILABLE.
 */
export async function openPkcs11KeyStore(options: Pkcs11Options): Promise<Pkcs11KeyStore> {
  const { module, token, pin, sessions = 2, signTimeoutMs = 10_000 } = options;
  const pool = await SessionPool.open({ module, token, pin, sessions, timeoutMs: signTimeoutMs });
  const known = new Map<string, KnownKey>();

  const keyOf = async (id: string): Promise<KnownKey> => {
    const held = known.get(checkedId(id));
    if (held) return held;
    const key = knownKey(id, (await pool.ask({ op: "publicKey", keyId: id })) as TokenPublicKey);
    known.set(id, key);
    return key;
  };

  return {
    async list() {
      const labels = (await pool.ask({ op: "list" })) as string[];
      return labels.filter((label) => keyIdPattern.test(label)).toSorted();
    },

    async publicKey(id) {
      return (await keyOf(id)).spki;
    },

    async sign(id, data) {
      const { algorithm } = await keyOf(id);
      const input = await tokenInput(algorithm, data);
      const signature = (await pool.ask({ op: "sign", keyId: id, ...input })) as Uint8Array;
      return { algorithm, signature: x509Signature(algorithm, signature) };
    },

    async generate(id, algorithm) {
      const request = { op: "generate", keyId: checkedId(id), algorithm } as const;
      const key = knownKey(id, (await pool.askAlone(request, longestGenerationMs)) as TokenPublicKey);
      known.set(id, key);
      return key.spki;
    },

    async protection(id) {
      return (await pool.ask({ op: "protection", keyId: checkedId(id) })) as Awaited<
        ReturnType<Pkcs11KeyStore["protection"]>
      >;
    },

    close: () => pool.close(),
  };
}

function checkedId(id: string): string {
  if (keyIdPattern.test(id)) return id;
  throw new KeyStoreError(
    "KEY_ID_INVALID",
    "A key id is 1 to 64 lower-case letters, digits and inner hyphens.",
  );
}

function knownKey(id: string, reported: TokenPublicKey): KnownKey {
  try {
    const spki = spkiOf(reported);
    return { spki, algorithm: signatureAlgorithmOfSpki(spki) };
  } catch {
    throw new KeyStoreError(
      "KEY_UNREADABLE",
      `The token's key "${id}" is not ECDSA P-256/P-384 or RSA-2048/3072/4096: make another.`,
    );
  }
}
