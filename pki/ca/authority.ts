import { X509Certificate } from "node:crypto";
import type { Name } from "@peculiar/asn1-x509";
import type { ListedCertificate } from "../crl/describe.ts";
import type { KeyStore, SignatureAlgorithm } from "../key-store/key-store.ts";
import { signatureAlgorithmOfSpki } from "../key-store/signature-algorithm.ts";
import { readCertificate } from "../x509/certificate.ts";
import { readExtension } from "../x509/extension.ts";
import { subjectKeyIdentifier } from "../x509/key-identifier.ts";
import { bufferOf } from "./der.ts";
import { nameOf } from "./name.ts";

/** A certification authority as used for issuing and answering. Certificates are DER. */
export interface Authority {
  /** "g1", "g2", …: part of the URLs in certificates. */
  generation: string;
  /** The number of CRLs among which the generation's certificates are distributed, 1 to 256. */
  crlShards: number;
  keyStore: KeyStore;
  root: Uint8Array;
  issuing: Uint8Array;
  ocspSigner: Uint8Array;
  /** Issuing CA first, root last: handed out with each certificate. */
  chain: Uint8Array[];
  issuingKeyId: string;
  ocspSignerKeyId: string;
  /** The root's newest CRL, which shows whether the issuing CA was revoked. */
  rootCrl?: RootCrl;
  /** If there is a previous generation: the new root's key signed by the old root, and the reverse. */
  cross?: Uint8Array[];
  /** The fields that every certificate and CRL copies from the issuing certificate, read once. */
  issuer: Issuer;
}

export interface RootCrl {
  der: Uint8Array;
  /** Its cRLNumber: of two CRLs of a root the one with the higher number is used. */
  number: bigint;
  /** The CAs that the root has revoked. */
  entries: readonly ListedCertificate[];
  thisUpdate: Date;
  nextUpdate: Date;
}

export interface Issuer {
  name: Name;
  keyIdentifier: Uint8Array;
  /** Content of the subjectPublicKey BIT STRING, which OCSP hashes. */
  subjectPublicKey: ArrayBuffer;
  notBefore: Date;
  notAfter: Date;
  signatureAlgorithm: SignatureAlgorithm;
}

/**
 * Reads the issuer's fields from its certificate (DER). Throws if it is not a certificate with an SKI, or if its name cannot be
 * re-encoded to the same octets.
 */
export function readIssuer(certificate: Uint8Array): Issuer {
  const { subject, spki, publicKeyBits, notBefore, notAfter, extensions } = readCertificate(certificate);
  const keyIdentifier = readExtension(extensions, subjectKeyIdentifier);
  if (keyIdentifier === undefined) throw new Error("An issuer's certificate needs a subjectKeyIdentifier.");
  return {
    name: nameOf(subject.der),
    keyIdentifier: new Uint8Array(keyIdentifier),
    subjectPublicKey: bufferOf(publicKeyBits),
    notBefore,
    notAfter,
    signatureAlgorithm: signatureAlgorithmOfSpki(spki),
  };
}

/**
 * Assembles an authority and checks its consistency: each certificate signed by its issuer, valid at `now`, and the signing
 * keys those of the certificates. The root's key is not used.
 */
export async function assembleAuthority(
  parts: Omit<Authority, "chain" | "issuer">,
  now: Date,
): Promise<Authority> {
  const [root, issuing, ocspSigner] = [parts.root, parts.issuing, parts.ocspSigner].map(
    (der) => new X509Certificate(der),
  ) as [X509Certificate, X509Certificate, X509Certificate];

  for (const [name, certificate, issuer] of [
    ["root", root, root],
    ["issuing CA", issuing, root],
    ["OCSP signer", ocspSigner, issuing],
  ] as const) {
    if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) {
      throw new Error(
        `The ${name} certificate of ${parts.generation} is not signed by its issuer; restore it from a backup.`,
      );
    }
    if (now < new Date(certificate.validFrom) || now > new Date(certificate.validTo)) {
      throw new Error(
        `The ${name} certificate of ${parts.generation} is valid from ${certificate.validFrom} to ${certificate.validTo}, not now; check the clock.`,
      );
    }
  }
  for (const [keyId, certificate] of [
    [parts.issuingKeyId, issuing],
    [parts.ocspSignerKeyId, ocspSigner],
  ] as const) {
    const spki = certificate.publicKey.export({ format: "der", type: "spki" });
    if (!spki.equals(await parts.keyStore.publicKey(keyId))) {
      throw new Error(`The key "${keyId}" is not the one in its certificate; restore both from a backup.`);
    }
  }
  return { ...parts, chain: [parts.issuing, parts.root], issuer: readIssuer(parts.issuing) };
}

/** Whether the root's newest CRL lists the issuing CA: it must then not issue. */
export const isRevokedByRoot = ({ issuing, rootCrl }: Pick<Authority, "issuing" | "rootCrl">): boolean => {
  if (!rootCrl || rootCrl.entries.length === 0) return false;
  const { serial } = readCertificate(issuing);
  return rootCrl.entries.some((entry) => entry.serial === serial);
};
