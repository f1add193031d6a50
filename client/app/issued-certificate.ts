import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate, type Name } from "@peculiar/asn1-x509";
import type { Activated } from "../../protocol/activation.ts";
import { decode, encode } from "../../protocol/encoding.ts";
import { UntrustedAnswer } from "./gateway.ts";

export interface IssuedCertificate {
  /** DER. */
  certificate: Uint8Array<ArrayBuffer>;
  /** DER, issuing CA first, root last. */
  chain: Uint8Array<ArrayBuffer>[];
  /** The subject's name, country first: `C=JP, CN=…`. */
  subject: string;
}

/**
 * Reads the certificate that came, and holds it against what this phone asked for: it must be for this key, and each
 * name must lead to the next certificate of the chain. Throws {@link UntrustedAnswer} otherwise.
 *
 * Signatures are not checked here: whether the root is trusted is for those who rely on the certificate.
 */
export function readIssued(answer: Activated, spki: Uint8Array): IssuedCertificate {
  const certificate = decode(answer.certificate);
  const chain = answer.chain.map((text) => decode(text));
  const [leaf, ...issuers] = [certificate, ...chain].map(parse);
  if (!leaf || der(leaf.subjectPublicKeyInfo) !== encode(spki))
    throw new UntrustedAnswer("The certificate that came is for another key than this phone's.");
  let child = leaf;
  for (const issuer of issuers) {
    if (der(child.issuer) !== der(issuer.subject))
      throw new UntrustedAnswer("The certificates that came do not follow one from the other.");
    child = issuer;
  }
  return { certificate, chain, subject: nameOf(leaf.subject) };
}

function parse(bytes: Uint8Array) {
  try {
    return AsnConvert.parse(bytes, Certificate).tbsCertificate;
  } catch (cause) {
    throw new UntrustedAnswer("What came as a certificate is none.", { cause });
  }
}

const der = (value: object): string => encode(new Uint8Array(AsnConvert.serialize(value)));

/** Short names of attribute types (RFC 4519 §2, RFC 3739 §3.1.2); others are shown by their number. */
const shortNames: Record<string, string> = {
  "2.5.4.3": "CN",
  "2.5.4.5": "serialNumber",
  "2.5.4.6": "C",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "2.5.4.65": "pseudonym",
};

/** For people to read: not an encoding to compare names by. */
const nameOf = (name: Name): string =>
  [...name]
    .flatMap((parts) => [...parts])
    .map(({ type, value }) => `${shortNames[type] ?? type}=${value.toString()}`)
    .join(", ");
