import { constructedTag, primitiveTag, tags } from "../der/cursor.ts";
import type { ExtensionType } from "./extension.ts";
import { type GeneralName, readGeneralNames } from "./general-name.ts";
import { serialText } from "./serial-number.ts";

/** subjectKeyIdentifier (RFC 5280 §4.2.1.2): its octets. */
export const subjectKeyIdentifier: ExtensionType<Uint8Array> = {
  oid: "2.5.29.14",
  read: (cursor) => cursor.octetString(),
};

export interface AuthorityKeyIdentifier {
  keyId?: Uint8Array;
  issuer?: GeneralName[];
  serial?: string;
}

/** authorityKeyIdentifier (RFC 5280 §4.2.1.1). */
export const authorityKeyIdentifier: ExtensionType<AuthorityKeyIdentifier> = {
  oid: "2.5.29.35",
  read: (cursor) => {
    const sequence = cursor.enter(tags.sequence);
    const keyId = sequence.tag === primitiveTag(0) ? sequence.octetString(primitiveTag(0)) : undefined;
    const names = sequence.enterIf(constructedTag(1));
    const issuer = names && readGeneralNames(names);
    const serial =
      sequence.tag === primitiveTag(2) ? serialText(sequence.integer(primitiveTag(2))) : undefined;
    sequence.finish();
    return { ...(keyId && { keyId }), ...(issuer && { issuer }), ...(serial !== undefined && { serial }) };
  },
};
