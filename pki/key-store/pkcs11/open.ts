import { createHash } from "node:crypto";
import { ECDSASigValue } from "@peculiar/asn1-ecc";
import { AsnConvert } from "@peculiar/asn1-schema";
import { type GeneratingKeyStore, KeyStoreError, keyIdPattern } from "../key-store.ts";
import { digestOf, signatureAlgorithmOfSpki } from "../signature-algorithm.ts";
import { SessionPool } from "./pool.ts";
import { spkiOf, type TokenPublicKey } from "./public-key.ts";

export interface Pkcs11Options {
  /** Path of the vendor's PKCS#11 library. */
  module: string;
  /** Label of the token. */
  token: string;
  /** Of the user. Sent to the token alone; in no error and no log. */
  pin: string;
  /** Signatures that may be under way at once; each session is a process. Default 2. */
  sessions?: number;
  /** How long a signature may take, milliseconds, before its outcome counts as unknown. Default 10,000. */
  signTimeoutMs?: number;
}

export interface Pkcs11KeyStore extends GeneratingKeyStore {
  /** What the token itself says of a key's protection. */
  protection(id: string): Promise<{ sensitive: boolean; extractable: boolean; neverExtractable: boolean }>;
  close(): Promise<void>;
}

/** Making an RSA-4096 key takes a device seconds. */
const longestGenerationMs = 120_000;

/**
 * Opens a token behind PKCS#11 (OASIS PKCS#11 v2.40) as a key store. The library runs in processes of its own, so that a
 * slow device holds nobody up. A session that was lost, or a token that was taken out and came back, is opened again and
 * asked once more; while it is away everything rejects with KEY_STORE_UNAVAILABLE. Keys are known by CKA_LABEL.
 *
 * Rejects with {@link KeyStoreError}: KEY_STORE_MISSING, PIN_REFUSED, KEY_STORE_UNAVAILABLE.
 */
export async function openPkcs11KeyStore(options: Pkcs11Options): Promise<Pkcs11KeyStore> {
  const { module, token, pin, sessions = 2, signTimeoutMs = 10_000 } = options;
  const pool = await SessionPool.open({ module, token, pin, sessions, timeoutMs: signTimeoutMs });
  const known = new Map<string, Uint8Array>();

  const publicKey = async (id: string): Promise<Uint8Array> => {
    const held = known.get(checkedId(id));
    if (held) return held;
    const spki = spkiOf((await pool.ask({ op: "publicKey", keyId: id })) as TokenPublicKey);
    known.set(id, spki);
    return spki;
  };

  return {
    async list() {
      const labels = (await pool.ask({ op: "list" })) as string[];
      return labels.filter((label) => keyIdPattern.test(label)).toSorted();
    },

    publicKey,

    async sign(id, data) {
      const algorithm = signatureAlgorithmOfSpki(await publicKey(id));
      if (algorithm === "sha256WithRSAEncryption") {
        const signature = await pool.ask({ op: "sign", keyId: id, mechanism: "SHA256_RSA_PKCS", data });
        return { algorithm, signature: new Uint8Array(signature as Uint8Array) };
      }
      const digest = createHash(digestOf(algorithm)).update(data).digest();
      const raw = await pool.ask({ op: "sign", keyId: id, mechanism: "ECDSA", data: digest });
      return { algorithm, signature: derOf(raw as Uint8Array) };
    },

    async generate(id, algorithm) {
      checkedId(id);
      const maker = await SessionPool.open({
        module,
        token,
        pin,
        sessions: 1,
        timeoutMs: longestGenerationMs,
      });
      try {
        await maker.ask({ op: "generate", keyId: id, algorithm });
      } finally {
        maker.close();
      }
      return publicKey(id);
    },

    async protection(id) {
      return (await pool.ask({ op: "protection", keyId: checkedId(id) })) as Awaited<
        ReturnType<Pkcs11KeyStore["protection"]>
      >;
    },

    async close() {
      pool.close();
    },
  };
}

function checkedId(id: string): string {
  if (keyIdPattern.test(id)) return id;
  throw new KeyStoreError(
    "KEY_ID_INVALID",
    "A key id is 1 to 64 lower-case letters, digits and inner hyphens.",
  );
}

/** PKCS#11 gives r ‖ s (§2.3.1), X.509 wants Ecdsa-Sig-Value (RFC 3279 §2.2.3). */
function derOf(raw: Uint8Array): Uint8Array {
  const half = raw.length / 2;
  const [r, s] = [raw.slice(0, half), raw.slice(half)].map(unsigned) as [ArrayBuffer, ArrayBuffer];
  return new Uint8Array(AsnConvert.serialize(new ECDSASigValue({ r, s })));
}

/** The content of a positive INTEGER: no superfluous zeros, and one where the first bit would say negative. */
function unsigned(octets: Uint8Array): ArrayBuffer {
  const first = octets.findIndex((octet) => octet !== 0);
  const minimal = first < 0 ? new Uint8Array(1) : octets.slice(first);
  const padded = minimal[0]! & 0x80 ? Uint8Array.from([0, ...minimal]) : minimal;
  return new Uint8Array(padded).buffer;
}
