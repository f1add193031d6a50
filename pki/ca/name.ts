import { AsnConvert } from "@peculiar/asn1-schema";
import { AttributeTypeAndValue, AttributeValue, Name, RelativeDistinguishedName } from "@peculiar/asn1-x509";
import { sameBytes } from "../der/bytes.ts";
import { bufferOf, encodeDer } from "./der.ts";

/** Attribute types of X.520 by the names RFC 5280 gives them. */
export const nameAttributeTypes = {
  countryName: "2.5.4.6",
  organizationName: "2.5.4.10",
  commonName: "2.5.4.3",
  surname: "2.5.4.4",
  givenName: "2.5.4.42",
  serialNumber: "2.5.4.5",
  pseudonym: "2.5.4.65",
} as const;

/** RFC 5280 appendix A: these two are PrintableString; the rest we write as UTF8String. */
const printable = new Set<string>(["countryName", "serialNumber"]);

/** A distinguished name, most general part first, one attribute in each RDN. */
export const distinguishedName = (parts: [keyof typeof nameAttributeTypes, string][]): Name =>
  new Name(
    parts.map(([part, text]) => {
      const value = new AttributeValue(
        printable.has(part) ? { printableString: text } : { utf8String: text },
      );
      return new RelativeDistinguishedName([
        new AttributeTypeAndValue({ type: nameAttributeTypes[part], value }),
      ]);
    }),
  );

/**
 * A name that was read from a certificate (DER), for what is built under it. Throws where the library would write other
 * octets: a path does not lead from one to the other then (RFC 5280 §4.1.2.4).
 */
export function nameOf(der: Uint8Array): Name {
  const name = AsnConvert.parse(bufferOf(der), Name);
  if (!sameBytes(encodeDer(name), der)) throw new Error("The name cannot be written as it is.");
  return name;
}

/** The same name with another commonName, which moves to the end. */
export const withCommonName = (name: Name, commonName: string): Name =>
  new Name([
    ...name.filter((rdn) => rdn.every(({ type }) => type !== nameAttributeTypes.commonName)),
    ...distinguishedName([["commonName", commonName]]),
  ]);
