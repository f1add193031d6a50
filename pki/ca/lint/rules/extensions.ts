import { subjectAltName } from "../../../x509/subject-alt-name.ts";
import { extendedKeyUsage } from "../../../x509/usage.ts";
import { contentOf, contents } from "../content.ts";
import type { Rule } from "../rule.ts";

const names = Object.keys(contents) as (keyof typeof contents)[];
const known: readonly string[] = names.map((name) => contents[name].oid);

/** Known, but in no profile here: found by `extension-known`, and by `extension-criticality` if critical. */
const elsewhere: readonly string[] = [subjectAltName.oid, extendedKeyUsage.oid];

const critical: readonly string[] = [contents.keyUsage.oid, contents.basicConstraints.oid];

/** Rules on extensions in general, whatever their content. */
export const extensionRules: readonly Rule[] = [
  {
    id: "extension-once",
    source: "RFC 5280 §4.2",
    check: ({ parts: { extensions } }) =>
      new Set(extensions.map(({ oid }) => oid)).size === extensions.length
        ? undefined
        : "An extension occurs twice.",
  },
  {
    id: "extension-known",
    source: "RFC 5280 §4.2 (nothing unknown, in particular nothing critical), the profile",
    check: ({ parts: { extensions }, context: { profile } }) => {
      const unwanted: string[] = [
        ...(profile.attributes ? [] : [contents.subjectDirectoryAttributes.oid]),
        ...(profile.qcStatements ? [] : [contents.qcStatements.oid]),
      ];
      const strange = extensions.filter(({ oid }) => !known.includes(oid) || unwanted.includes(oid));
      return strange.length === 0
        ? undefined
        : `Not of its profile: ${strange.map((one) => one.oid + (one.critical ? ", critical" : "")).join("; ")}.`;
    },
  },
  {
    id: "extension-criticality",
    source: "RFC 5280 §4.2.1.3 and §4.2.1.9, ETSI EN 319 412-2 §4.3.3, §4.3.5, §4.3.10, §4.3.11",
    check: ({ parts: { extensions } }) => {
      const wrong = extensions.filter(
        ({ oid, critical: isCritical }) =>
          (known.includes(oid) || elsewhere.includes(oid)) && isCritical !== critical.includes(oid),
      );
      return wrong.length === 0
        ? undefined
        : `Critical or not, wrongly: ${wrong.map(({ oid }) => oid).join(", ")}.`;
    },
  },
  {
    // The DER check of the certificate does not cover the content of OCTET STRINGs.
    id: "extension-content-der",
    source: "RFC 5280 §4.2: extnValue holds DER",
    check: (specimen) => {
      const present = new Set(specimen.parts.extensions.map(({ oid }) => oid));
      const malformed = names.filter(
        (name) => present.has(contents[name].oid) && contentOf(specimen, name) === undefined,
      );
      return malformed.length === 0
        ? undefined
        : `No DER of their type: ${malformed.map((name) => contents[name].oid).join(", ")}.`;
    },
  },
];
