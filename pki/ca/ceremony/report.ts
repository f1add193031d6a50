import { X509Certificate } from "node:crypto";
import * as asn1js from "asn1js";
import { base64url, compactVerify } from "jose";
import { createECDSASignatureFromCMS } from "pkijs";
import * as z from "zod";
import type { KeyStore, SignatureAlgorithm } from "../../key-store/key-store.ts";
import { readIssuer } from "../authority.ts";
import { bufferOf } from "../der.ts";
import { keyAlgorithm, keyStoreRecord } from "../generation.ts";
import { type ApprovedAct, approvedRecord, fingerprint, hexSha256, recordOf } from "./approvals.ts";
import type { MadeCertificate, MadeGeneration, MadeKey } from "./make-generation.ts";

export const reportType = "kazasu-key-ceremony+jwt";
const der = z.base64();

export const ceremonyReport = z.strictObject({
  generation: z.string(),
  ...approvedRecord,
  keyStore: keyStoreRecord,
  keys: z.array(
    z.strictObject({
      id: z.string(),
      role: z.enum(["root", "issuing", "ocsp-signer"]),
      algorithm: keyAlgorithm,
      spkiSha256: hexSha256,
      /** A key file can be copied; a key generated in a token cannot be extracted. */
      extractable: z.boolean(),
    }),
  ),
  certificates: z.array(
    z.strictObject({
      role: z.enum(["root", "cross", "issuing", "ocsp-signer"]),
      id: z.string(),
      key: z.string(),
      signedBy: z.string(),
      subject: z.string(),
      serial: z.string(),
      notBefore: z.iso.datetime(),
      notAfter: z.iso.datetime(),
      sha256: hexSha256,
      der,
    }),
  ),
  /** The root of the issuing CA, new or older, whose key signs this report. */
  root: z.strictObject({ key: z.string(), sha256: hexSha256, der }),
  previousRoot: z.strictObject({ key: z.string(), sha256: hexSha256, der }).nullable(),
  rootCrl: z.strictObject({ sha256: hexSha256, der }),
});
export type CeremonyReport = z.infer<typeof ceremonyReport>;

/** The record of a ceremony. */
export function makeReport(made: MadeGeneration, act: ApprovedAct): CeremonyReport {
  const { record, root, previousRoot } = made;
  const rootOf = (of: typeof root) => ({
    key: of.keyId,
    sha256: fingerprint(of.certificate),
    der: base64(of.certificate),
  });
  return {
    generation: record.id,
    ...recordOf(act),
    keyStore: record.keyStore,
    keys: made.keys.map((key) => keyLine(key, record.keyStore.type === "software")),
    certificates: made.certificates.map(certificateLine),
    root: rootOf(root),
    previousRoot: previousRoot ? rootOf(previousRoot) : null,
    rootCrl: { sha256: fingerprint(made.rootCrl), der: base64(made.rootCrl) },
  };
}

const keyLine = ({ id, role, algorithm, publicKey }: MadeKey, extractable: boolean) => ({
  id,
  role,
  algorithm,
  spkiSha256: fingerprint(publicKey),
  extractable,
});

export function certificateLine({ role, id, keyId, signedBy, der }: MadeCertificate) {
  const { subject, serialNumber, validFrom, validTo } = new X509Certificate(der);
  return {
    role,
    id,
    key: keyId,
    signedBy,
    subject: subject.replaceAll("\n", ", "),
    serial: serialNumber.toLowerCase(),
    notBefore: new Date(validFrom).toISOString(),
    notAfter: new Date(validTo).toISOString(),
    sha256: fingerprint(der),
    der: base64(der),
  };
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** JOSE algorithm names (RFC 7518 §3.1), and the octets of each half of an ECDSA signature. */
const joseAlgorithms: Record<SignatureAlgorithm, { alg: string; half?: number }> = {
  "ecdsa-with-SHA256": { alg: "ES256", half: 32 },
  "ecdsa-with-SHA384": { alg: "ES384", half: 48 },
  sha256WithRSAEncryption: { alg: "RS256" },
};

/**
 * Signs a report as compact JWS (RFC 7515) with the root's key. Not with the issuing key: the root's key is used only in
 * ceremonies, witnessed by the approvers, while the issuing key signs all day, and an attacker who obtained it could forge a
 * report of any date.
 *
 * A JOSE library cannot sign with a key in a key store, so the JWS is assembled here, and the library verifies it before it
 * is returned.
 */
export async function signReport(
  report: object,
  root: { keyStore: KeyStore; keyId: string; certificate: Uint8Array },
  type = reportType,
): Promise<string> {
  const { alg, half } = joseAlgorithms[readIssuer(root.certificate).signatureAlgorithm];
  const header = { alg, typ: type, x5c: [base64(root.certificate)] };
  const input = [header, report].map((part) => base64url.encode(JSON.stringify(part))).join(".");
  const { signature } = await root.keyStore.sign(root.keyId, Buffer.from(input));
  const joseSignature = half === undefined ? signature : halves(signature, half);
  const jws = `${input}.${base64url.encode(joseSignature)}`;
  await compactVerify(jws, new X509Certificate(root.certificate).publicKey, { algorithms: [alg] });
  return jws;
}

/** Concatenates r and s (RFC 7518 §3.4) of an Ecdsa-Sig-Value. */
function halves(signature: Uint8Array, half: number): Uint8Array {
  const { result } = asn1js.fromBER(bufferOf(signature));
  return new Uint8Array(createECDSASignatureFromCMS(result, half));
}
