import { createHash } from "node:crypto";
import { sameBytes } from "../../../der/bytes.ts";
import { checkContent } from "../content.ts";
import type { Rule } from "../rule.ts";

export const identifierRules: readonly Rule[] = [
  {
    id: "authority-key-identifier",
    source: "RFC 5280 §4.2.1.1, ETSI EN 319 412-2 §4.3.1",
    check: (specimen) =>
      checkContent(
        specimen,
        "authorityKeyIdentifier",
        "The authorityKeyIdentifier is missing.",
        ({ keyId, issuer, serial }) =>
          keyId !== undefined &&
          sameBytes(keyId, specimen.context.issuer.keyIdentifier) &&
          issuer === undefined &&
          serial === undefined
            ? undefined
            : "The authorityKeyIdentifier is not exactly the issuer's subjectKeyIdentifier.",
      ),
  },
  {
    id: "subject-key-identifier",
    source: "RFC 5280 §4.2.1.2, RFC 7093 §2 method 1 (no SHA-1)",
    check: (specimen) =>
      checkContent(specimen, "subjectKeyIdentifier", "The subjectKeyIdentifier is missing.", (identifier) => {
        const expected = createHash("sha256").update(specimen.parts.publicKeyBits).digest().subarray(0, 20);
        return sameBytes(identifier, expected)
          ? undefined
          : "The subjectKeyIdentifier is not that of the key.";
      }),
  },
];
