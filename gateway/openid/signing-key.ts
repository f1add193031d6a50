import { createPublicKey, type KeyObject } from "node:crypto";
import type { JWK } from "jose";
import { ExternalSigningKey } from "./library.ts";

/** A key that signs tokens inside a key store. */
export interface TokenKey {
  kid: string;
  alg: "ES256" | "RS256";
  /** Its public key. */
  publicJwk: JWK;
  /** The JWS signature over these bytes (RFC 7518 §3.3, §3.4): r ‖ s with ES256. */
  sign(data: Uint8Array): Promise<Uint8Array>;
}

/** The key in the form that the provider uses for a key it cannot hold. */
export class StoredSigningKey extends ExternalSigningKey {
  readonly #key: TokenKey;
  readonly #public: KeyObject;

  constructor(key: TokenKey) {
    super();
    this.#key = key;
    this.#public = createPublicKey({ key: { ...key.publicJwk }, format: "jwk" });
    // The provider reads both from its members.
    Object.assign(this, { kid: key.kid, alg: key.alg });
  }

  override keyObject(): KeyObject {
    return this.#public;
  }

  override sign(data: Uint8Array): Promise<Uint8Array> {
    return this.#key.sign(data);
  }
}
