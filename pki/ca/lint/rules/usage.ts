import { NotDer, readDer, tags } from "../../../der/cursor.ts";
import { decodeText } from "../../../der/text.ts";
import { checkContent } from "../content.ts";
import type { Rule } from "../rule.ts";

/** id-qt-cps (RFC 5280 §4.2.1.4). */
const practiceStatement = "1.3.6.1.5.5.7.2.1";

/** The named bits of keyUsage that a profile may have, from bit 0. */
const usages = ["digitalSignature", "nonRepudiation"] as const;

/** Rules on usage and policies. */
export const usageRules: readonly Rule[] = [
  {
    id: "key-usage",
    source: "RFC 5280 §4.2.1.3, ETSI EN 319 412-2 §4.3.2, the profile; X.690 §11.2.2 (no trailing zero bits)",
    check: (specimen) => {
      const { keyUsage } = specimen.context.profile;
      const bits = usages.map((usage) => (keyUsage.includes(usage) ? "1" : "0")).join("");
      const expected = bits.replace(/0+$/, "");
      return checkContent(specimen, "keyUsage", "The keyUsage is missing.", (written) =>
        written === expected ? undefined : "keyUsage is not exactly the profile's.",
      );
    },
  },
  {
    id: "basic-constraints",
    source: "RFC 5280 §4.2.1.9",
    check: (specimen) =>
      checkContent(specimen, "basicConstraints", "The basicConstraints are missing.", ({ cA, pathLength }) =>
        cA || pathLength !== undefined ? "basicConstraints are those of a CA." : undefined,
      ),
  },
  {
    id: "certificate-policies",
    source: "RFC 5280 §4.2.1.4, ETSI EN 319 412-2 §4.3.3, the profile",
    check: (specimen) => {
      const { profile, urls } = specimen.context;
      return checkContent(
        specimen,
        "certificatePolicies",
        "The certificatePolicies are missing.",
        (policies) => {
          const expected = [profile.policy, ...(profile.furtherPolicies ?? [])];
          const found = policies.map(({ policy }) => policy);
          if (found.join() !== expected.join()) return "The policies are not exactly the profile's.";
          const qualifiers = policies.flatMap((policy, index) =>
            policy.qualifiers.map(({ type, qualifier }) => ({
              of: index,
              type,
              address: addressOf(qualifier),
            })),
          );
          const wanted =
            urls.cps === undefined
              ? []
              : [{ of: 0, type: practiceStatement, address: new URL(urls.cps).href }];
          return JSON.stringify(qualifiers) === JSON.stringify(wanted)
            ? undefined
            : "The policies' qualifiers are not the configured URL of the practice statement.";
        },
      );
    },
  },
];

/** CPSuri ::= IA5String; `undefined` for any other qualifier. */
function addressOf(qualifier: Uint8Array): string | undefined {
  try {
    return readDer(qualifier, "CPSuri", (cursor) =>
      decodeText(tags.ia5String, cursor.content(tags.ia5String)),
    );
  } catch (error) {
    if (error instanceof NotDer) return undefined;
    throw error;
  }
}
