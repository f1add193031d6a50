import { createHash } from "node:crypto";

/** A strong entity tag of these bytes, including its quotes (RFC 9110 §8.8.3). */
export const entityTag = (bytes: Uint8Array): string =>
  `"${createHash("sha256").update(bytes).digest("base64url")}"`;

/** Whether an If-None-Match names this entity tag (RFC 9110 §13.1.2: weakness does not count there), or any. */
export function isKnownTag(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = ifNoneMatch?.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags !== undefined && (tags.includes(etag) || tags.includes("*"));
}
