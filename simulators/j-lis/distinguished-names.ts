import * as asn1js from "asn1js";
import { AttributeTypeAndValue, GeneralName, RelativeDistinguishedNames } from "pkijs";

/** Attribute types of X.520 that JPKI uses in names. */
const attributeTypes = { C: "2.5.4.6", L: "2.5.4.7", O: "2.5.4.10", OU: "2.5.4.11", CN: "2.5.4.3" } as const;

/** A distinguished name from the country down, as `[["C", "JP"], ["O", "JPKI-TEST"]]`. */
export type Name = readonly (readonly [keyof typeof attributeTypes, string])[];

/**
 * Encodes a name as JPKI does: countryName is a PrintableString (RFC 5280 A.1), the rest are UTF8Strings.
 *
 * The DER is made first and read back: a name built from `typesAndValues` would have them all in one set.
 */
export function distinguishedName(name: Name): RelativeDistinguishedNames {
  const sequence = new asn1js.Sequence({
    value: name.map(
      ([type, value]) =>
        new asn1js.Set({
          value: [
            new AttributeTypeAndValue({
              type: attributeTypes[type],
              value: type === "C" ? new asn1js.PrintableString({ value }) : new asn1js.Utf8String({ value }),
            }).toSchema(),
          ],
        }),
    ),
  });
  return RelativeDistinguishedNames.fromBER(sequence.toBER());
}

/** A GeneralName of the kind directoryName (RFC 5280 §4.2.1.6). */
export const directoryName = (name: Name): GeneralName =>
  new GeneralName({ type: 4, value: distinguishedName(name) });

/** The DER of a name. */
export const nameDer = (name: Name): Buffer => Buffer.from(distinguishedName(name).toSchema().toBER());

/** The name as text, for people: `C=JP, O=JPKI-TEST`. */
export const nameText = (name: Name): string => name.map(([type, value]) => `${type}=${value}`).join(", ");
