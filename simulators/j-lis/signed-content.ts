import { createHash } from "node:crypto";
import { AuthorityKeyIdentifier, Certificate, ContentInfo, SignedData } from "pkijs";
import { notBefore, serialHex } from "./authority.ts";
import { refusal } from "./refusals.ts";
import type { Holder, IssuedCertificate, Store } from "./store.ts";

const idData = "1.2.840.113549.1.7.1";
const idSignedData = "1.2.840.113549.1.7.2";
const authorityKeyIdentifierOid = "2.5.29.35";

export interface SignedContent {
  /** The signer and their certificate. */
  holder: Holder;
  certificate: IssuedCertificate;
  /** The content's JSON. */
  content: unknown;
  /** SHA-256 of the signature, hex. */
  signature: string;
}

/**
 * Parses a CMS SignedData (RFC 5652, DER) with attached content and one signer, whose sign certificate was issued here and is
 * included. {@link refuseEnded} checks the certificate's status.
 *
 * Refuses with REQUEST_FAILED if it is not such a CMS, then UNSUPPORTED_CERTIFICATE and SIGNATURE_MISMATCH.
 */
export async function readSigned(store: Store, cms: Uint8Array): Promise<SignedContent> {
  const parsed = parse(cms);
  if (!parsed) throw refusal("REQUEST_FAILED");
  const { signedData, content, signature } = parsed;
  // One certificate, so that the verifying one is unambiguous.
  const [signer, ...others] = signedData.certificates ?? [];
  const issued = signer instanceof Certificate && others.length === 0 ? findIssued(store, signer) : undefined;
  if (issued?.certificate.kind !== "sign") throw refusal("UNSUPPORTED_CERTIFICATE");
  const verified = await signedData.verify({ signer: 0 }).catch(() => false);
  if (!verified) throw refusal("SIGNATURE_MISMATCH");
  return { ...issued, content, signature };
}

/** Refuses a certificate that is not good now: CERTIFICATE_ON_HOLD, CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED. */
export function refuseEnded({ der, notAfter, revoked }: IssuedCertificate, now: Date): void {
  if (revoked?.reason === "certificateHold") throw refusal("CERTIFICATE_ON_HOLD");
  if (revoked) throw refusal("CERTIFICATE_REVOKED");
  if (now.getTime() > Date.parse(notAfter)) throw refusal("CERTIFICATE_EXPIRED");
  if (now.getTime() < notBefore(der).getTime()) throw refusal("UNSUPPORTED_CERTIFICATE");
}

/** `undefined` if it is not a CMS as required by {@link readSigned}. */
function parse(cms: Uint8Array) {
  try {
    const { contentType, content: schema } = ContentInfo.fromBER(new Uint8Array(cms).buffer);
    const signedData = new SignedData({ schema });
    const { eContentType, eContent } = signedData.encapContentInfo;
    const [signer, ...others] = signedData.signerInfos;
    if (contentType !== idSignedData || eContentType !== idData || !eContent) return undefined;
    if (!signer?.signedAttrs || others.length > 0) return undefined;
    const text = new TextDecoder("utf-8", { fatal: true }).decode(eContent.getValue());
    const signature = createHash("sha256").update(signer.signature.valueBlock.valueHexView).digest("hex");
    return { signedData, content: JSON.parse(text) as unknown, signature };
  } catch {
    return undefined;
  }
}

/** The stored certificate, if this one is identical: then its CA's signature need not be verified. */
function findIssued(store: Store, certificate: Certificate) {
  const value = certificate.extensions?.find(
    ({ extnID }) => extnID === authorityKeyIdentifierOid,
  )?.parsedValue;
  const keyId = value instanceof AuthorityKeyIdentifier ? value.keyIdentifier : undefined;
  if (!keyId) return undefined;
  const issued = store.certificate(
    Buffer.from(keyId.valueBlock.valueHexView).toString("hex"),
    serialHex(certificate.serialNumber.valueBlock.valueHexView),
  );
  const der = Buffer.from(certificate.toSchema().toBER()).toString("base64");
  return issued?.certificate.der === der ? issued : undefined;
}
