import { id_kp_OCSPSigning, id_pkix_ocsp_nocheck } from "@peculiar/asn1-ocsp";
import { OctetString } from "@peculiar/asn1-schema";
import {
  Certificate,
  Extension,
  Extensions,
  id_ce_certificatePolicies_anyPolicy,
  type Name,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";
import type { KeyStore } from "../key-store/key-store.ts";
import { signatureAlgorithmOfSpki } from "../key-store/signature-algorithm.ts";
import { readIssuer } from "./authority.ts";
import { encodeDer, parseDer } from "./der.ts";
import * as extension from "./extension.ts";
import { integerOfSerial, newSerial } from "./serial.ts";
import { algorithmIdentifier, signObject } from "./signed-object.ts";

/** What the CA's own certificates are for. */
export type CaRole = "root" | "issuing" | "ocsp-signer";

/** DER NULL: id-pkix-ocsp-nocheck has no content (RFC 6960 §4.2.2.2.1). */
const derNull = new Uint8Array([5, 0]).buffer;

function extensionsOf(role: CaRole): Extension[] {
  if (role === "ocsp-signer") {
    return [
      extension.endEntity(),
      extension.keyUsage(["digitalSignature"]),
      extension.extendedKeyUsage(id_kp_OCSPSigning),
      new Extension({ extnID: id_pkix_ocsp_nocheck, extnValue: new OctetString(derNull) }),
    ];
  }
  const keyUsage = extension.keyUsage(["keyCertSign", "cRLSign"]);
  return role === "root"
    ? [extension.certificationAuthority(), keyUsage]
    : [
        extension.certificationAuthority(0),
        keyUsage,
        extension.certificatePolicies(id_ce_certificatePolicies_anyPolicy),
      ];
}

/**
 * Makes one of the CA's own certificates (DER), signed by `issuer`, or by itself when there is none.
 *
 * Subscribers' certificates go another way: their TBS is stored before it is signed.
 */
export async function makeCaCertificate(
  keyStore: KeyStore,
  subject: { role: CaRole; name: Name; keyId: string },
  validity: { notBefore: Date; notAfter: Date },
  issuer?: { keyId: string; certificate: Uint8Array },
): Promise<Uint8Array> {
  const spki = parseDer(await keyStore.publicKey(subject.keyId), SubjectPublicKeyInfo);
  const above = issuer && readIssuer(issuer.certificate);
  const signingKeyId = issuer?.keyId ?? subject.keyId;
  const algorithm = above?.signatureAlgorithm ?? signatureAlgorithmOfSpki(encodeDer(spki));
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: integerOfSerial(newSerial()),
    signature: algorithmIdentifier(algorithm),
    issuer: above?.name ?? subject.name,
    validity: new Validity(validity),
    subject: subject.name,
    subjectPublicKeyInfo: spki,
    extensions: new Extensions([
      ...extensionsOf(subject.role),
      extension.subjectKeyIdentifier(extension.keyIdentifierOf(spki.subjectPublicKey)),
      ...(above ? [extension.authorityKeyIdentifier(above.keyIdentifier)] : []),
    ]),
  });
  const { signatureAlgorithm, signature } = await signObject(
    keyStore,
    signingKeyId,
    encodeDer(tbsCertificate),
    algorithm,
  );
  return encodeDer(new Certificate({ tbsCertificate, signatureAlgorithm, signatureValue: signature }));
}
