import type { ExtensionType } from "./extension.ts";
import { type GeneralName, readGeneralNames } from "./general-name.ts";

/** subjectAltName (RFC 5280 §4.2.1.6). */
export const subjectAltName: ExtensionType<GeneralName[]> = {
  oid: "2.5.29.17",
  read: (cursor) => readGeneralNames(cursor.enter()),
};
