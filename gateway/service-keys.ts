import type { CryptoKey, JWK } from "jose";
import type { SealingKeyPair } from "../protocol/sealing.ts";

/** The key that signs challenges; its public part is pinned in the SDK. */
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
