import { NotDer } from "../der/cursor.ts";
import type { ExtensionType } from "./extension.ts";
import { type GeneralName, readGeneralName } from "./general-name.ts";

/** Access methods (RFC 5280 §4.2.2.1). */
export const accessMethods = { ocsp: "1.3.6.1.5.5.7.48.1", caIssuers: "1.3.6.1.5.5.7.48.2" } as const;

export interface AccessDescription {
  method: string;
  location: GeneralName;
}

/** authorityInfoAccess (RFC 5280 §4.2.2.1). */
export const authorityInfoAccess: ExtensionType<AccessDescription[]> = {
  oid: "1.3.6.1.5.5.7.1.1",
  read: (cursor) => {
    const sequence = cursor.enter();
    const descriptions: AccessDescription[] = [];
    while (!sequence.ended) {
      const description = sequence.enter();
      descriptions.push({ method: description.objectIdentifier(), location: readGeneralName(description) });
      description.finish();
    }
    if (descriptions.length === 0) throw new NotDer("authorityInfoAccess without a description");
    return descriptions;
  },
};
