import { createHash, X509Certificate } from "node:crypto";

/** A phone's certificate, and the key with which its messages are verified. */
export interface DeviceCertificate {
  certificate: X509Certificate;
  key: Awaited<ReturnType<typeof crypto.subtle.importKey>>;
}

/** A phone sends a few messages one after another: the certificates used last stay parsed, by their digest. */
const mostKept = 1_000;
const kept = new Map<string, DeviceCertificate>();

/** Parses a device certificate (DER). Whether it is valid is not decided here: the caller has just asked the registry. */
export async function readDeviceCertificate(der: Uint8Array): Promise<DeviceCertificate> {
  const digest = createHash("sha256").update(der).digest("base64");
  const read = kept.get(digest) ?? (await parse(der));
  // The map is in the order of last use.
  kept.delete(digest);
  kept.set(digest, read);
  if (kept.size > mostKept) kept.delete(kept.keys().next().value ?? "");
  return read;
}

async function parse(der: Uint8Array): Promise<DeviceCertificate> {
  const certificate = new X509Certificate(der);
  const jwk = certificate.publicKey.export({ format: "jwk" });
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  return { certificate, key: await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["verify"]) };
}
