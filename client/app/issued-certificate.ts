import { sameBytes } from "../../pki/der/bytes.ts";
import { NotDer } from "../../pki/der/cursor.ts";
import { type Certificate, readCertificate } from "../../pki/x509/certificate.ts";
import { BadCertificate } from "../../pki/x509/extension.ts";
import { sameName } from "../../pki/x509/name.ts";
import type { Activated } from "../../protocol/activation.ts";
import { decode } from "../../protocol/encoding.ts";
import { UntrustedAnswer } from "./gateway.ts";

/** The issued certificate, and the CA's certificates above it. */
export interface IssuedCertificate {
  /** DER. */
  certificate: Uint8Array<ArrayBuffer>;
  /** DER, issuing CA first, root last. */
  chain: Uint8Array<ArrayBuffer>[];
  /** The subject's name, country first: `C=JP, CN=…`. For people to read. */
  subject: string;
}

/**
 * Reads the issued certificate and checks that it is for this phone's key and that the chain's names connect. Throws {@link
 * UntrustedAnswer} otherwise.
 *
 * Signatures are not verified here: whether the root is trusted is decided by those who rely on the certificate.
 */
export function readIssued(answer: Activated, spki: Uint8Array): IssuedCertificate {
  const certificate = decode(answer.certificate);
  const chain = answer.chain.map((text) => decode(text));
  const leaf = parse(certificate);
  if (!sameBytes(leaf.spki, spki))
    throw new UntrustedAnswer("The issued certificate is for another key than this phone's.");
  let child = leaf;
  for (const issuer of chain.map(parse)) {
    if (!sameName(child.issuer, issuer.subject))
      throw new UntrustedAnswer("The issued certificates do not form a chain.");
    child = issuer;
  }
  return { certificate, chain, subject: leaf.subject.text };
}

function parse(der: Uint8Array): Certificate {
  try {
    return readCertificate(der);
  } catch (cause) {
    if (cause instanceof NotDer || cause instanceof BadCertificate)
      throw new UntrustedAnswer("The issued certificate cannot be parsed.", { cause });
    throw cause;
  }
}
