declare module "http_ece" {
  import type { ECDH } from "node:crypto";
  /** Decrypts a body of the content encoding aes128gcm (RFC 8188, RFC 8291). */
  export function decrypt(
    body: Buffer,
    parameters: { version: "aes128gcm"; privateKey: ECDH; authSecret: string },
  ): Buffer;
  const httpEce: { decrypt: typeof decrypt };
  export default httpEce;
}
