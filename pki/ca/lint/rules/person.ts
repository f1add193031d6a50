import { isDeepStrictEqual } from "node:util";
import { readDer, tags } from "../../../der/cursor.ts";
import { readGeneralizedTime } from "../../../der/read-time.ts";
import { decodeText } from "../../../der/text.ts";
import { directoryAttributes } from "../../../x509/subject-directory-attributes.ts";
import { checkContent } from "../content.ts";
import { readStatement } from "../qc-statement.ts";
import type { Rule } from "../rule.ts";
import type { Specimen } from "../specimen.ts";

/** DateOfBirth ::= GeneralizedTime. */
function isRightDate(value: Uint8Array, { notBefore }: Specimen): boolean {
  const date = readDer(value, "date of birth", readGeneralizedTime);
  return date.toISOString().endsWith("T12:00:00.000Z") && date < notBefore.instant;
}

/** Gender ::= PrintableString (SIZE(1)). */
function isRightGender(value: Uint8Array): boolean {
  const { printableString } = tags;
  const text = readDer(value, "gender", (cursor) =>
    decodeText(printableString, cursor.content(printableString)),
  );
  return text === "M" || text === "F";
}

/** Rules of RFC 3739 on the person and the certificate's qualification. */
export const personRules: readonly Rule[] = [
  {
    id: "directory-attributes",
    source:
      "RFC 3739 §3.2.2: date of birth at noon GMT, in the past; gender M or F; exactly those of the profile",
    check: (specimen) => {
      const allowed = specimen.context.profile.attributes;
      // If the profile has none, `extension-known` reports it.
      if (allowed === undefined) return undefined;
      return checkContent(specimen, "subjectDirectoryAttributes", undefined, (attributes) => {
        const isRight = attributes.every(({ type, values: [value, ...more] }) => {
          const name = allowed.find((one) => directoryAttributes[one] === type);
          if (name === undefined || value === undefined || more.length > 0) return false;
          return name === "dateOfBirth" ? isRightDate(value, specimen) : isRightGender(value);
        });
        const types = attributes.map(({ type }) => type);
        return isRight && new Set(types).size === types.length
          ? undefined
          : "The subjectDirectoryAttributes are not a date of birth and a gender, each at most once.";
      });
    },
  },
  {
    id: "qc-statements",
    source: "RFC 3739 §3.2.6, ETSI EN 319 412-5, the profile",
    check: (specimen) => {
      const wanted = specimen.context.profile.qcStatements;
      const others = "The qcStatements are not exactly the profile's.";
      if (wanted === undefined) return undefined;
      return checkContent(specimen, "qcStatements", others, (found) =>
        isDeepStrictEqual(found.map(readStatement), wanted) ? undefined : others,
      );
    },
  },
];
