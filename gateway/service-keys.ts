import type { CryptoKey, JWK } from "jose";
import type { SealingKeyPair } from "../protocol/sealing.ts";

/** The key that signs challenges; the SDK pins its public part. */
export interface ServiceKey {
  kid: string;
  privateKey: CryptoKey;
  publicJwk: JWK;
}

/** The key that applications and activations are sealed to. */
export interface SealingKey {
  kid: string;
  keyPair: SealingKeyPair;
  /** Uncompressed P-256 point. */
  point: Uint8Array;
}
