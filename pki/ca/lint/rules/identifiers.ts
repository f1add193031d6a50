import { createHash } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  AuthorityKeyIdentifier,
  id_ce_authorityKeyIdentifier,
  id_ce_subjectKeyIdentifier,
  SubjectKeyIdentifier,
} from "@peculiar/asn1-x509";
import { contentOf } from "../content.ts";
import type { Rule } from "../rule.ts";

export const identifierRules: readonly Rule[] = [
  {
    id: "authority-key-identifier",
    source: "RFC 5280 §4.2.1.1, ETSI EN 319 412-2 §4.3.1",
    check: (specimen) => {
      const content = contentOf(specimen, id_ce_authorityKeyIdentifier);
      if (content === undefined) return "There is no authorityKeyIdentifier.";
      const read = AsnConvert.parse(content, AuthorityKeyIdentifier);
      const isRight =
        read.keyIdentifier !== undefined &&
        Buffer.from(read.keyIdentifier.buffer).equals(specimen.context.issuer.keyIdentifier) &&
        read.authorityCertIssuer === undefined &&
        read.authorityCertSerialNumber === undefined;
      return isRight
        ? undefined
        : "The authorityKeyIdentifier is not the issuer's subjectKeyIdentifier alone.";
    },
  },
  {
    id: "subject-key-identifier",
    source: "RFC 5280 §4.2.1.2, RFC 7093 §2 method 1 (no SHA-1)",
    check: (specimen) => {
      const content = contentOf(specimen, id_ce_subjectKeyIdentifier);
      if (content === undefined) return "There is no subjectKeyIdentifier.";
      const key = new Uint8Array(specimen.tbs.subjectPublicKeyInfo.subjectPublicKey);
      const expected = createHash("sha256").update(key).digest().subarray(0, 20);
      const identifier = Buffer.from(AsnConvert.parse(content, SubjectKeyIdentifier).buffer);
      return identifier.equals(expected) ? undefined : "The subjectKeyIdentifier is not that of the key.";
    },
  },
];
