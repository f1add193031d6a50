import { readFileSync } from "node:fs";
import { anyPolicy } from "../../../pki/x509/policies.ts";

/** A case of NIST PKITS 1.0.1 (Public Key Interoperability Test Suite, 2011), as cases.tsv has it. */
export interface PkitsCase {
  /** Its section; a fourth number is one of several sets of inputs that the section asks for. */
  id: string;
  name: string;
  /** Names of the files below the trust anchor's, the signer's last. */
  certificates: string[];
  crls: string[];
  /** As in the table. */
  inputs: string;
  policies?: string[];
  explicitPolicy: boolean;
  inhibitPolicyMapping: boolean;
  inhibitAnyPolicy: boolean;
  /** Whether the path is valid, and under which policies. */
  right: Verdict;
}

/** Policies by the short names of the table, in order; nothing where the path is invalid. */
export type Verdict = { valid: true; policies: string } | { valid: false };

/** NIST-test-policy-1 and so on. */
const policyArc = "2.16.840.1.101.3.2.1.48.";

export const policyName = (oid: string): string => (oid === anyPolicy ? "any" : oid.replace(policyArc, ""));
const policyOid = (name: string): string => (name === "any" ? anyPolicy : policyArc + name);

export function readCases(): PkitsCase[] {
  const text = readFileSync(new URL("cases.tsv", import.meta.url), "utf8");
  const [, ...lines] = text.trimEnd().split("\n");
  return lines.map((line) => {
    const [id, name, certificates, crls, inputs, right, policies] = line.split("\t") as [
      ...[string, string, string, string, string],
      ...[string, string],
    ];
    const given = inputs.split(" ");
    const accepted = given.find((input) => input.startsWith("policies="))?.slice("policies=".length);
    return {
      id,
      name,
      certificates: certificates.split(" "),
      crls: crls.split(" "),
      inputs,
      ...(accepted && { policies: accepted.split(",").map(policyOid) }),
      explicitPolicy: given.includes("explicit"),
      inhibitPolicyMapping: given.includes("inhibit-mapping"),
      inhibitAnyPolicy: given.includes("inhibit-any"),
      right: right === "valid" ? { valid: true, policies } : { valid: false },
    };
  });
}
