import { AsnConvert } from "@peculiar/asn1-schema";
import { id_ce_subjectDirectoryAttributes, SubjectDirectoryAttributes } from "@peculiar/asn1-x509";
import { encodeDer, parseDer } from "../../der.ts";
import { DirectoryValue, directoryAttributeTypes } from "../../directory-attributes.ts";
import { id_pe_qcStatements, qcStatementsOf } from "../../qc-statements.ts";
import { contentOf } from "../content.ts";
import type { Rule } from "../rule.ts";
import type { Specimen } from "../specimen.ts";

const isRightDate = ({ date }: DirectoryValue, { tbs }: Specimen): boolean =>
  date !== undefined &&
  date.toISOString().endsWith("T12:00:00.000Z") &&
  date < tbs.validity.notBefore.getTime();

const isRightGender = ({ text }: DirectoryValue): boolean => text === "M" || text === "F";

/** What RFC 3739 adds about the person and the certificate's standing. */
export const personRules: readonly Rule[] = [
  {
    id: "directory-attributes",
    source:
      "RFC 3739 §3.2.2: date of birth at noon GMT, in the past; gender M or F; the profile's and no others",
    check: (specimen) => {
      const content = contentOf(specimen, id_ce_subjectDirectoryAttributes);
      const allowed = specimen.context.profile.attributes;
      // Where the profile has none, `extension-known` says so.
      if (content === undefined || allowed === undefined) return undefined;
      const attributes = Array.from(AsnConvert.parse(content, SubjectDirectoryAttributes));
      const isRight = attributes.every(({ type, values: [value, ...more] }) => {
        const name = allowed.find((one) => directoryAttributeTypes[one] === type);
        if (name === undefined || value === undefined || more.length > 0) return false;
        const read = parseDer(new Uint8Array(value), DirectoryValue);
        return name === "dateOfBirth" ? isRightDate(read, specimen) : isRightGender(read);
      });
      const types = attributes.map(({ type }) => type);
      return isRight && types.length > 0 && new Set(types).size === types.length
        ? undefined
        : "The subjectDirectoryAttributes are not a date of birth and a gender, each at most once.";
    },
  },
  {
    id: "qc-statements",
    source: "RFC 3739 §3.2.6, ETSI EN 319 412-5, the profile",
    check: (specimen) => {
      const { qcStatements } = specimen.context.profile;
      const content = contentOf(specimen, id_pe_qcStatements);
      if (qcStatements === undefined) return undefined;
      return content && Buffer.compare(new Uint8Array(content), encodeDer(qcStatementsOf(qcStatements))) === 0
        ? undefined
        : "The qcStatements are not exactly the profile's.";
    },
  },
];
