import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import type { Hash } from "./algorithm.ts";

const digests: Record<Hash, (bytes: Uint8Array) => Uint8Array> = { sha256, sha384, sha512 };

/** The digest of bytes, computed at once in Node and in browsers. */
export const digestOf = (hash: Hash, bytes: Uint8Array): Uint8Array => digests[hash](bytes);
