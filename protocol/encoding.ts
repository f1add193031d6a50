import { base64url } from "jose";
import * as z from "zod";

/** Bytes as unpadded base64url (RFC 4648 §5). */
export const encode = (bytes: Uint8Array): string => base64url.encode(bytes);

/** Bytes of an unpadded base64url string. Callers validate the alphabet first with {@link base64urlAtMost} or {@link base64urlExactly}. */
export const decode = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(base64url.decode(text));

/** A text's bytes in UTF-8. */
export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** SHA-256 as base64url, the form of every digest in this protocol. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  return encode(new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes))));
}

/**
 * Unpadded base64url without spare bits (RFC 4648 §3.5): each text decodes in every runtime, and no two texts to the same
 * bytes, so that encoded digests can be compared.
 */
const canonical = /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?$/;

/** Schema of base64url text that decodes to exactly `bytes` bytes. */
export const base64urlExactly = (bytes: number) =>
  z
    .string()
    .length(Math.ceil((bytes * 4) / 3))
    .regex(canonical);

/** Schema of base64url text that decodes to at most `bytes` bytes. */
export const base64urlAtMost = (bytes: number) =>
  z
    .string()
    .min(1)
    .max(Math.ceil((bytes * 4) / 3))
    .regex(canonical);

/** A SHA-256 digest as base64url. */
export const digest = base64urlExactly(32);

/** An uncompressed P-256 point (SEC 1 §2.3.3), 65 bytes, as base64url. */
export const p256Point = base64urlExactly(65);
