import { NotDer, readDer, tags } from "../../der/cursor.ts";
import { decodeText } from "../../der/text.ts";
import { rdnAttributes } from "../../x509/name.ts";

/** One attribute of the subject, as encoded. */
export interface SubjectAttribute {
  type: string;
  /** The tag of the value's ASN.1 type. */
  tag: number;
  /** Empty if the value is not text of its type, which the rule on string types reports. */
  text: string;
}

/** The RDNs of a Name (RFC 5280 §4.1.2.4), including empty ones and those not in DER order. @throws NotDer */
export const readSubject = (der: Uint8Array): SubjectAttribute[][] =>
  readDer(der, "subject", (cursor) => {
    const sequence = cursor.enter();
    const rdns: SubjectAttribute[][] = [];
    while (!sequence.ended) {
      const attributes = rdnAttributes(sequence.whole(tags.set));
      rdns.push(attributes.map(({ type, tag, content }) => ({ type, tag, text: textOf(tag, content) })));
    }
    return rdns;
  });

function textOf(tag: number, content: Uint8Array): string {
  try {
    return decodeText(tag, content);
  } catch (error) {
    if (error instanceof NotDer) return "";
    throw error;
  }
}
