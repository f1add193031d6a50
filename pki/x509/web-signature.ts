import { hexOf } from "../der/bytes.ts";
import { NotDer, readDer } from "../der/cursor.ts";
import type { Hash } from "./algorithm.ts";
import { type PublicKeyKind, readPublicKey } from "./public-key.ts";
import type { SignatureCheck } from "./signature.ts";

/**
 * Verifies a signature with WebCrypto, in browsers and in Node: RSA PKCS#1 v1.5 and ECDSA, as verifyWithNode does. Rejects
 * without WebCrypto, for example on a page that was not loaded over HTTPS.
 */
export async function verifyWithWebCrypto(check: SignatureCheck): Promise<boolean> {
  const { scheme, spki, data } = check;
  const kind = orNothing(() => readPublicKey(spki));
  if (!kind || kind.type === "other" || kind.type !== scheme.key) return false;
  const signature = kind.type === "ec" ? rawSignature(check.signature, halves[kind.curve]) : check.signature;
  if (!signature) return false;
  const algorithm = algorithmOf(kind, scheme.hash);
  const key = await keyOf(spki, algorithm);
  return key !== undefined && crypto.subtle.verify(algorithm, key, owned(signature), owned(data));
}

const hashes: Record<Hash, string> = { sha256: "SHA-256", sha384: "SHA-384", sha512: "SHA-512" };

interface Algorithm {
  name: string;
  hash: string;
  namedCurve?: string;
}

const algorithmOf = (kind: Exclude<PublicKeyKind, { type: "other" }>, hash: Hash): Algorithm =>
  kind.type === "rsa"
    ? { name: "RSASSA-PKCS1-v1_5", hash: hashes[hash] }
    : { name: "ECDSA", hash: hashes[hash], namedCurve: kind.curve };

/** CryptoKey, which the types of Node and of browsers define differently. */
type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

const kept = 64;
const keys = new Map<string, Key>();

/** Caches imported keys while they are used. In WebCrypto an RSA key belongs to one hash. */
async function keyOf(spki: Uint8Array, algorithm: Algorithm): Promise<Key | undefined> {
  const name = `${algorithm.name} ${algorithm.namedCurve ?? algorithm.hash} ${hexOf(spki)}`;
  const known = keys.get(name);
  if (known) return known;
  const { subtle } = crypto;
  const key = await subtle
    .importKey("spki", owned(spki), algorithm, false, ["verify"])
    .catch(() => undefined);
  const [oldest] = keys.keys();
  if (keys.size >= kept && oldest !== undefined) keys.delete(oldest);
  if (key) keys.set(name, key);
  return key;
}

/** Octets of a coordinate, and of each half of a signature. */
const halves = { "P-256": 32, "P-384": 48, "P-521": 66 } as const;

/** r‖s, as required by WebCrypto, of an Ecdsa-Sig-Value (RFC 3279 §2.2.3); undefined if it does not belong to the curve. */
function rawSignature(der: Uint8Array, half: number): Uint8Array | undefined {
  const parts = orNothing(() =>
    readDer(der, "signature", (cursor) => {
      const sequence = cursor.enter();
      const both = [sequence.integer(), sequence.integer()];
      sequence.finish();
      if (both.some((content) => (content[0] as number) >= 0x80)) throw new NotDer("a negative number");
      return both.map((content) => (content[0] === 0 ? content.subarray(1) : content));
    }),
  );
  if (!parts || parts.some((part) => part.length > half)) return undefined;
  const raw = new Uint8Array(2 * half);
  for (const [index, part] of parts.entries()) raw.set(part, (index + 1) * half - part.length);
  return raw;
}

function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof NotDer) return undefined;
    throw error;
  }
}

/** WebCrypto does not accept views of shared memory, which the view's type allows. */
const owned = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);
