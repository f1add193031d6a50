import { ECDSASigValue } from "@peculiar/asn1-ecc";
import { AsnSerializer } from "@peculiar/asn1-schema";
import type { CryptoKey } from "jose";
import type { Attestation } from "../../protocol/application.ts";

/** What an attestation is asked to be about. */
export interface AttestationRequest {
  /** The challenge's nonce. */
  nonce: string;
  spkiSha256: string;
  app: string;
}

/** The phone's signing key. WebCrypto is the first implementation; Secure Enclave and StrongBox are the point. */
export interface DeviceKey {
  /** SubjectPublicKeyInfo, DER, of a P-256 key. */
  readonly spki: Uint8Array<ArrayBuffer>;
  /** ECDSA with SHA-256; the signature in DER (RFC 3279 §2.2.3). */
  sign(data: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
  /** States where the key lives, where the platform can. */
  attest?(request: AttestationRequest): Promise<Attestation>;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256" } as const;

/** A device key in WebCrypto. Its private key cannot be read out unless `extractable` says so. */
export async function makeWebCryptoDeviceKey(
  options: { extractable?: boolean; attest?: DeviceKey["attest"] } = {},
): Promise<DeviceKey & { privateKey: CryptoKey }> {
  const pair = await crypto.subtle.generateKey(algorithm, options.extractable ?? false, ["sign", "verify"]);
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
  return {
    spki,
    privateKey: pair.privateKey,
    async sign(data) {
      const raw = await crypto.subtle.sign(
        { name: "ECDSA", hash: "SHA-256" },
        pair.privateKey,
        new Uint8Array(data),
      );
      return derSignature(new Uint8Array(raw));
    },
    ...(options.attest ? { attest: options.attest } : {}),
  };
}

/** WebCrypto gives r ‖ s; certificates want a SEQUENCE of two INTEGERs. */
function derSignature(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const half = raw.length / 2;
  const value = new ECDSASigValue({ r: unsigned(raw.slice(0, half)), s: unsigned(raw.slice(half)) });
  return new Uint8Array(AsnSerializer.serialize(value));
}

/** Minimal two's complement of an unsigned number, as INTEGER wants it (X.690 §8.3). */
function unsigned(bytes: Uint8Array): ArrayBuffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  const minimal = bytes.slice(start === -1 ? bytes.length - 1 : start);
  return Uint8Array.from((minimal[0] ?? 0) & 0x80 ? [0, ...minimal] : minimal).buffer;
}
