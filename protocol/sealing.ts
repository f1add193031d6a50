import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from "@hpke/core";
import type { CryptoKey } from "jose";
import type { Sealed } from "./application.ts";
import { decode, encode, utf8 } from "./encoding.ts";
import { labels } from "./labels.ts";

/** HPKE base mode with DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM (RFC 9180 §7). */
const suite = new CipherSuite({
  kem: new DhkemP256HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});

/** The context to which a ciphertext is bound: opening in any other context fails. */
export interface SealingContext {
  info: Uint8Array<ArrayBuffer>;
  aad: Uint8Array<ArrayBuffer>;
}

const noAad = new Uint8Array();

/** `challenge`: the JWS of the answered challenge, so an application opens only for its own challenge. */
export const applicationContext = (challenge: string): SealingContext => ({
  info: utf8(labels.sealedApplication),
  aad: utf8(challenge),
});

/** `challenge`: the JWS of the enrolment, so an activation opens only for its own challenge. */
export const activationContext = (challenge: string): SealingContext => ({
  info: utf8(labels.sealedActivation),
  aad: utf8(challenge),
});

/** `applicationSha256`: the digest (base64url) of the application's CMS, so a code opens only for its own application. */
export const codeContext = (applicationSha256: string): SealingContext => ({
  info: utf8(`${labels.sealedCode}\u0000${applicationSha256}`),
  aad: noAad,
});

/** `jti`: that of the phone's request, so an answer opens only for its own request. */
export const answerContext = (jti: string): SealingContext => ({
  info: utf8(`${labels.sealedAnswer}\u0000${jti}`),
  aad: noAad,
});

/** Seals `plaintext` to an uncompressed P-256 point. Throws if the point is not on the curve. */
export async function seal(
  recipient: Uint8Array<ArrayBuffer>,
  plaintext: Uint8Array<ArrayBuffer>,
  context: SealingContext,
): Promise<Sealed> {
  const recipientPublicKey = await suite.kem.deserializePublicKey(recipient.buffer);
  const { ct, enc } = await suite.seal(
    { recipientPublicKey, info: context.info.buffer },
    plaintext.buffer,
    context.aad.buffer,
  );
  return { enc: encode(new Uint8Array(enc)), ciphertext: encode(new Uint8Array(ct)) };
}

/**
 * An ECDH key pair on P-256. Both keys are passed: the library cannot reliably derive the public key from a non-exportable
 * private key, and a message is bound to the public key (RFC 9180 §4.1).
 */
export interface SealingKeyPair {
  privateKey: CryptoKey;
  publicKey: CryptoKey;
}

/** Opens a sealed message; `undefined` if it was not sealed to this key in this context. */
export async function open(
  recipientKey: SealingKeyPair,
  message: Sealed,
  context: SealingContext,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const plaintext = await suite.open(
      { recipientKey, enc: decode(message.enc).buffer, info: context.info.buffer },
      decode(message.ciphertext).buffer,
      context.aad.buffer,
    );
    return new Uint8Array(plaintext);
  } catch {
    return undefined;
  }
}

/** Generates a one-use ECDH key pair for {@link open}. The private key is not exportable. */
export async function makeSealingKey(): Promise<{ keyPair: SealingKeyPair; point: Uint8Array<ArrayBuffer> }> {
  const keyPair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, false, [
    "deriveBits",
  ]);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", keyPair.publicKey));
  return { keyPair, point };
}
