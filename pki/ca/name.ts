import { AsnConvert } from "@peculiar/asn1-schema";
import { AttributeTypeAndValue, AttributeValue, Name, RelativeDistinguishedName } from "@peculiar/asn1-x509";
import { sameBytes } from "../der/bytes.ts";
import { bufferOf, encodeDer } from "./der.ts";

/** X.520 attribute types by their names in RFC 5280. */
export const nameAttributeTypes = {
  countryName: "2.5.4.6",
  organizationName: "2.5.4.10",
  commonName: "2.5.4.3",
  surname: "2.5.4.4",
  givenName: "2.5.4.42",
  serialNumber: "2.5.4.5",
  pseudonym: "2.5.4.65",
} as const;

/** RFC 5280 appendix A: these two are PrintableString; the others are written as UTF8String. */
const printable = new Set<string>(["countryName", "serialNumber"]);

/** A distinguished name, most general part first, one attribute per RDN. */
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
 * A name parsed from a certificate (DER), for certificates issued under it. Throws if the library would encode it to other
 * octets: path building would then fail (RFC 5280 §4.1.2.4).
 */
export function nameOf(der: Uint8Array): Name {
  const name = AsnConvert.parse(bufferOf(der), Name);
  if (!sameBytes(encodeDer(name), der)) throw new Error("The name cannot be re-encoded to the same octets.");
  return name;
}

/** The same name with another commonName, which moves to the end. */
export const withCommonName = (name: Name, commonName: string): Name =>
  new Name([
    ...name.filter((rdn) => rdn.every(({ type }) => type !== nameAttributeTypes.commonName)),
    ...distinguishedName([["commonName", commonName]]),
  ]);
