import { AsnConvert } from "@peculiar/asn1-schema";
import {
  BasicConstraints,
  CertificatePolicies,
  id_ce_basicConstraints,
  id_ce_certificatePolicies,
  id_ce_keyUsage,
  id_qt_csp,
  KeyUsage,
  KeyUsageFlags,
  Qualifier,
} from "@peculiar/asn1-x509";
import { encodeDer } from "../../der.ts";
import { contentOf } from "../content.ts";
import type { Rule } from "../rule.ts";

/** What the certificate is for, and by which rules. */
export const usageRules: readonly Rule[] = [
  {
    id: "key-usage",
    source: "RFC 5280 §4.2.1.3, ETSI EN 319 412-2 §4.3.2, the profile; X.690 §11.2.2 (no trailing zero bits)",
    check: (specimen) => {
      const content = contentOf(specimen, id_ce_keyUsage);
      if (content === undefined) return "There is no keyUsage.";
      const flags = AsnConvert.parse(content, KeyUsage).toNumber();
      const expected = specimen.context.profile.keyUsage.reduce(
        (all, usage) => all | KeyUsageFlags[usage],
        0,
      );
      const isShortest = Buffer.compare(encodeDer(new KeyUsage(flags)), new Uint8Array(content)) === 0;
      return flags === expected && isShortest ? undefined : "keyUsage is not exactly the profile's.";
    },
  },
  {
    id: "basic-constraints",
    source: "RFC 5280 §4.2.1.9",
    check: (specimen) => {
      const content = contentOf(specimen, id_ce_basicConstraints);
      if (content === undefined) return "There is no basicConstraints.";
      const { cA, pathLenConstraint } = AsnConvert.parse(content, BasicConstraints);
      return cA || pathLenConstraint !== undefined ? "basicConstraints are those of a CA." : undefined;
    },
  },
  {
    id: "certificate-policies",
    source: "RFC 5280 §4.2.1.4, ETSI EN 319 412-2 §4.3.3, the profile",
    check: (specimen) => {
      const { profile, urls } = specimen.context;
      const content = contentOf(specimen, id_ce_certificatePolicies);
      if (content === undefined) return "There is no certificatePolicies.";
      const policies = Array.from(AsnConvert.parse(content, CertificatePolicies));
      const expected = [profile.policy, ...(profile.furtherPolicies ?? [])];
      const found = policies.map(({ policyIdentifier }) => policyIdentifier);
      if (found.join() !== expected.join()) return "The policies are not exactly the profile's.";
      const qualifiers = policies.flatMap(({ policyQualifiers }, index) =>
        (policyQualifiers ?? []).map(({ policyQualifierId, qualifier }) => ({
          of: index,
          type: policyQualifierId,
          address: AsnConvert.parse(qualifier, Qualifier).cPSuri,
        })),
      );
      const wanted =
        urls.cps === undefined ? [] : [{ of: 0, type: id_qt_csp, address: new URL(urls.cps).href }];
      return JSON.stringify(qualifiers) === JSON.stringify(wanted)
        ? undefined
        : "The policies' qualifiers are not the configured address of the practice statement.";
    },
  },
];
