import type { PkitsCase, Verdict } from "./cases.ts";
import { exceptions } from "./exceptions.ts";
import type { Ours } from "./judging.ts";

const sections: Record<string, string> = {
  "4.1": "Signature verification",
  "4.2": "Validity periods",
  "4.3": "Name chaining",
  "4.4": "Basic certificate revocation",
  "4.5": "Self-issued certificates",
  "4.6": "Basic constraints",
  "4.7": "Key usage",
  "4.8": "Certificate policies",
  "4.9": "Require explicit policy",
  "4.10": "Policy mappings",
  "4.11": "Inhibit policy mapping",
  "4.12": "Inhibit any policy",
  "4.13": "Name constraints",
  "4.14": "Distribution points",
  "4.15": "Delta CRLs",
  "4.16": "Private certificate extensions",
};

const sectionOf = ({ id }: PkitsCase): string => id.split(".").slice(0, 2).join(".");
const said = (verdict: Verdict): string => (verdict.valid ? `valid (${verdict.policies})` : "invalid");

export interface Judged {
  asked: PkitsCase;
  ours: Ours;
}

/** The page of results: case → right → ours. */
export function page(judged: readonly Judged[]): string {
  const stated = judged.filter(({ asked }) => Object.hasOwn(exceptions, asked.id));
  const lines = [
    "# NIST PKITS: case, right, ours",
    "",
    "Made by `npm run test:judges -- pkits` (with `KAZASU_WRITE=1` it is written, without it is compared). `valid (1)`: valid",
    "under NIST-test-policy-1, the user-constrained-policy-set. The last column has the code of our refusal, or why a case",
    "is an exception: a valid path that is refused on purpose (docs/decisions/0027). Nothing invalid is accepted.",
    "",
    `${judged.length} cases: ${judged.length - stated.length} as they should be, ${stated.length} stated exceptions.`,
  ];
  for (const [section, title] of Object.entries(sections)) {
    lines.push(
      "",
      `## ${section} ${title}`,
      "",
      "| case | name | inputs | right | ours | why |",
      "| --- | --- | --- | --- | --- | --- |",
    );
    for (const { asked, ours } of judged.filter((one) => sectionOf(one.asked) === section)) {
      const exception = exceptions[asked.id];
      const why = exception ? `**exception** (${ours.why}): ${exception}` : ours.why;
      const inputs = asked.inputs === "-" ? "" : asked.inputs;
      lines.push(
        `| ${[asked.id, asked.name, inputs, said(asked.right), said(ours.verdict), why].join(" | ")} |`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}
