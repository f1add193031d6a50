import { ECDSASigValue } from "@peculiar/asn1-ecc";
import { AsnSerializer } from "@peculiar/asn1-schema";
import type { CryptoKey, JWK } from "jose";
import type { Attestation } from "../../protocol/application.ts";

/** What an attestation must be about. */
export interface AttestationRequest {
  /** The challenge's nonce. */
  nonce: string;
  spkiSha256: string;
  app: string;
}

/** The phone's signing key. WebCrypto is the first implementation; Secure Enclave and StrongBox are the intended ones. */
export interface DeviceKey {
  /** SubjectPublicKeyInfo, DER, of a P-256 key. */
  readonly spki: Uint8Array<ArrayBuffer>;
  /** ECDSA with SHA-256; the signature in DER (RFC 3279 §2.2.3). */
  sign(data: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
  /** Attests where the key is stored, if the platform can. */
  attest?(request: AttestationRequest): Promise<Attestation>;
}

/** A device key in WebCrypto. `privateKey` and `spki` can be stored in IndexedDB, even if not exportable. */
export type WebCryptoDeviceKey = DeviceKey & { privateKey: CryptoKey };

/** Options of {@link makeWebCryptoDeviceKey}. */
export interface WebCryptoDeviceKeyOptions {
  /** Whether the private key is exportable. Default: false. */
  extractable?: boolean;
  /** An existing private key (EC, P-256, with `d`), instead of a new one. */
  jwk?: JWK;
  /** Attests where the key is stored, if the platform can. */
  attest?: DeviceKey["attest"];
}

const algorithm = { name: "ECDSA", namedCurve: "P-256" } as const;

/**
 * Generates a device key in WebCrypto, or imports one from a JWK. Throws a TypeError if the JWK is not a private P-256 key.
 *
 * @example
 * const deviceKey = await makeWebCryptoDeviceKey(); // not exportable
 * await indexedDb.put({ privateKey: deviceKey.privateKey, spki: deviceKey.spki });
 */
export async function makeWebCryptoDeviceKey(
  options: WebCryptoDeviceKeyOptions = {},
): Promise<WebCryptoDeviceKey> {
  const { extractable = false, jwk, attest } = options;
  const { privateKey, publicKey } = jwk
    ? await importPair(jwk, extractable)
    : await crypto.subtle.generateKey(algorithm, extractable, ["sign", "verify"]);
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
  return webCryptoDeviceKey({ privateKey, spki }, attest);
}

/** A device key from the two parts of an earlier one, as read from IndexedDB. */
export function webCryptoDeviceKey(
  { privateKey, spki }: Pick<WebCryptoDeviceKey, "privateKey" | "spki">,
  attest?: DeviceKey["attest"],
): WebCryptoDeviceKey {
  return {
    spki,
    privateKey,
    async sign(data) {
      const raw = await crypto.subtle.sign(
        { name: "ECDSA", hash: "SHA-256" },
        privateKey,
        new Uint8Array(data),
      );
      return derSignature(new Uint8Array(raw));
    },
    ...(attest ? { attest } : {}),
  };
}

async function importPair({ kty, crv, x, y, d }: JWK, extractable: boolean) {
  if (kty !== "EC" || crv !== "P-256" || !x || !y || !d)
    throw new TypeError("A device key must be a private EC key on P-256, as a JWK with x, y and d.");
  const pub = { kty, crv, x, y };
  const [privateKey, publicKey] = await Promise.all([
    crypto.subtle.importKey("jwk", { ...pub, d }, algorithm, extractable, ["sign"]),
    crypto.subtle.importKey("jwk", pub, algorithm, true, ["verify"]),
  ]);
  return { privateKey, publicKey };
}

/** WebCrypto returns r ‖ s; certificates require a SEQUENCE of two INTEGERs. */
function derSignature(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const half = raw.length / 2;
  const value = new ECDSASigValue({ r: unsigned(raw.slice(0, half)), s: unsigned(raw.slice(half)) });
  return new Uint8Array(AsnSerializer.serialize(value));
}

/** Minimal two's complement of an unsigned number, as required for INTEGER (X.690 §8.3). */
function unsigned(bytes: Uint8Array): ArrayBuffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  const minimal = bytes.slice(start === -1 ? bytes.length - 1 : start);
  return Uint8Array.from((minimal[0] ?? 0) & 0x80 ? [0, ...minimal] : minimal).buffer;
}
