import { id_kp_OCSPSigning, id_pkix_ocsp_nocheck } from "@peculiar/asn1-ocsp";
import { OctetString } from "@peculiar/asn1-schema";
import {
  Extension,
  Extensions,
  id_ce_certificatePolicies_anyPolicy,
  type Name,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";
import type { KeyStore } from "../key-store/key-store.ts";
import { signatureAlgorithmOfSpki } from "../key-store/signature-algorithm.ts";
import { readIssuer } from "./authority.ts";
import { encodeDer } from "./der.ts";
import * as extension from "./extension.ts";
import { integerOfSerial, newSerial } from "./serial.ts";
import { algorithmIdentifier, signObject } from "./signed-object.ts";
import { subjectPublicKeyOf } from "./subject-public-key.ts";

/** The purposes of the CA's own certificates. `cross`: a root's key, signed by another root. */
export type CaRole = "root" | "cross" | "issuing" | "ocsp-signer";

export interface CaCertificateInput {
  role: CaRole;
  name: Name;
  /** The subject's SubjectPublicKeyInfo, DER. */
  publicKey: Uint8Array;
  validity: { notBefore: Date; notAfter: Date };
  /** The signing key. */
  signer: { keyStore: KeyStore; keyId: string };
  /** The issuer's certificate, DER; absent for a root. */
  issuer?: Uint8Array;
  /** URLs of the issuer's CRL and certificate. */
  addresses?: { crl?: string; caIssuers?: string };
  /** Certificate policies of an issuing CA; absent: any. */
  policies?: { ids: readonly [string, ...string[]]; cps?: string };
}

/** DER NULL: id-pkix-ocsp-nocheck has no content (RFC 6960 §4.2.2.2.1). */
const derNull = new Uint8Array([5, 0]).buffer;

function extensionsOf({ role, policies, addresses }: CaCertificateInput): Extension[] {
  if (role === "ocsp-signer") {
    return [
      extension.endEntity(),
      extension.keyUsage(["digitalSignature"]),
      extension.extendedKeyUsage(id_kp_OCSPSigning),
      new Extension({ extnID: id_pkix_ocsp_nocheck, extnValue: new OctetString(derNull) }),
    ];
  }
  const keyUsage = extension.keyUsage(["keyCertSign", "cRLSign"]);
  if (role === "root") return [extension.certificationAuthority(), keyUsage];
  const [policy, ...further] = policies?.ids ?? [id_ce_certificatePolicies_anyPolicy];
  return [
    // Below a cross-certified root there is one issuing CA, below an issuing CA none.
    extension.certificationAuthority(role === "cross" ? 1 : 0),
    keyUsage,
    extension.certificatePolicies(policy, policies?.cps, further),
    ...(addresses?.crl === undefined ? [] : [extension.crlDistributionPoint(addresses.crl)]),
    ...(addresses?.caIssuers === undefined
      ? []
      : [extension.authorityInformationAccess({ caIssuers: addresses.caIssuers })]),
  ];
}

/**
 * Creates one of the CA's own certificates (DER): a root signs itself, any other is signed by its issuer.
 *
 * Not for subscribers' certificates, whose TBS is stored before it is signed.
 */
export async function makeCaCertificate(input: CaCertificateInput): Promise<Uint8Array> {
  const { signer, name, validity } = input;
  const spki = subjectPublicKeyOf(input.publicKey);
  const above = input.issuer && readIssuer(input.issuer);
  const algorithm = above?.signatureAlgorithm ?? signatureAlgorithmOfSpki(input.publicKey);
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: integerOfSerial(newSerial()),
    signature: algorithmIdentifier(algorithm),
    issuer: above?.name ?? name,
    validity: new Validity(validity),
    subject: name,
    subjectPublicKeyInfo: spki,
    extensions: new Extensions([
      ...extensionsOf(input),
      extension.subjectKeyIdentifier(extension.keyIdentifierOf(spki.subjectPublicKey)),
      ...(above ? [extension.authorityKeyIdentifier(above.keyIdentifier)] : []),
    ]),
  });
  return signObject(signer, encodeDer(tbsCertificate), algorithm);
}
