import type { PkilintTool } from "./pkilint.ts";

/** What pkilint finds in our documents, from WARNING up, and why it stays. */
export interface Accepted {
  /** Its name in pkilint. */
  code: string;
  /** It is found in every document that this tool reads, and the name of which begins like this. */
  tool: PkilintTool;
  documents: string;
  why: string;
}

export const accepted: readonly Accepted[] = [
  {
    code: "etsi.en_319_412_2.nat-4.3.2-1.mixed_key_usage_setting",
    tool: "lint_etsi_cert",
    documents: "",
    why:
      "keyUsage is type B of EN 319 412-2 §4.3.2 (nonRepudiation and digitalSignature), which NAT-4.3.2-2 allows for " +
      "certificates that show commitment; type A is a recommendation. One key on the phone signs documents and answers " +
      "log-in challenges, as the card's own sign certificate does with the same two bits. What is signed carries a label " +
      "of its kind, so a challenge is never taken for a document.",
  },
];
