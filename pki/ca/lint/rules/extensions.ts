import * as x509 from "@peculiar/asn1-x509";
import { parseDer } from "../../der.ts";
import { id_pe_qcStatements, QcStatements } from "../../qc-statements.ts";
import type { Rule } from "../rule.ts";

/** What is inside each extension a subscriber's certificate may have. */
const contents: Readonly<Record<string, new () => object>> = {
  [x509.id_ce_authorityKeyIdentifier]: x509.AuthorityKeyIdentifier,
  [x509.id_ce_subjectKeyIdentifier]: x509.SubjectKeyIdentifier,
  [x509.id_ce_keyUsage]: x509.KeyUsage,
  [x509.id_ce_basicConstraints]: x509.BasicConstraints,
  [x509.id_ce_certificatePolicies]: x509.CertificatePolicies,
  [x509.id_ce_cRLDistributionPoints]: x509.CRLDistributionPoints,
  [x509.id_pe_authorityInfoAccess]: x509.AuthorityInfoAccessSyntax,
  [x509.id_ce_subjectDirectoryAttributes]: x509.SubjectDirectoryAttributes,
  [id_pe_qcStatements]: QcStatements,
};

/** Known, but of no profile here: found by `extension-known`, and by `extension-criticality` when critical. */
const elsewhere: readonly string[] = [x509.id_ce_subjectAltName, x509.id_ce_extKeyUsage];

const critical: readonly string[] = [x509.id_ce_keyUsage, x509.id_ce_basicConstraints];

/** Extensions in general, whatever they say. */
export const extensionRules: readonly Rule[] = [
  {
    id: "extension-once",
    source: "RFC 5280 §4.2",
    check: ({ extensions }) =>
      new Set(extensions.map(({ extnID }) => extnID)).size === extensions.length
        ? undefined
        : "An extension is there twice.",
  },
  {
    id: "extension-known",
    source: "RFC 5280 §4.2 (nothing unknown, critical least of all), the profile",
    check: ({ extensions, context: { profile } }) => {
      const unwanted: string[] = [
        ...(profile.attributes ? [] : [x509.id_ce_subjectDirectoryAttributes]),
        ...(profile.qcStatements ? [] : [id_pe_qcStatements]),
      ];
      const strange = extensions.filter(({ extnID }) => !(extnID in contents) || unwanted.includes(extnID));
      return strange.length === 0
        ? undefined
        : `Not of its profile: ${strange.map((one) => one.extnID + (one.critical ? ", critical" : "")).join("; ")}.`;
    },
  },
  {
    id: "extension-criticality",
    source: "RFC 5280 §4.2.1.3 and §4.2.1.9, ETSI EN 319 412-2 §4.3.3, §4.3.5, §4.3.10, §4.3.11",
    check: ({ extensions }) => {
      const wrong = extensions.filter(
        ({ extnID, critical: isCritical }) =>
          (extnID in contents || elsewhere.includes(extnID)) && isCritical !== critical.includes(extnID),
      );
      return wrong.length === 0
        ? undefined
        : `Critical or not, wrongly: ${wrong.map(({ extnID }) => extnID).join(", ")}.`;
    },
  },
  {
    // The certificate's own encoding says nothing of what is inside the OCTET STRINGs.
    id: "extension-content-der",
    source: "RFC 5280 §4.2: extnValue holds DER",
    check: ({ extensions }) => {
      const malformed = extensions.filter(({ extnID, extnValue }) => {
        const schema = contents[extnID];
        return schema !== undefined && !isDerOf(new Uint8Array(extnValue.buffer), schema);
      });
      return malformed.length === 0
        ? undefined
        : `No DER of their type: ${malformed.map(({ extnID }) => extnID).join(", ")}.`;
    },
  },
];

function isDerOf(content: Uint8Array, schema: new () => object): boolean {
  try {
    parseDer(content, schema);
    return true;
  } catch {
    return false;
  }
}
