import { readFileSync } from "node:fs";
import { join } from "node:path";
import { NotDer } from "../../../pki/der/cursor.ts";
import { type Certificate, readCertificate } from "../../../pki/x509/certificate.ts";
import { BadCertificate } from "../../../pki/x509/extension.ts";
import { verifyWithNode } from "../../../pki/x509/node-signature.ts";
import { findPath } from "../../../pki/x509/path/find.ts";
import { type PathResult } from "../../../pki/x509/path/question.ts";
import { goodByCrls } from "../../../pki/x509/path/revocation.ts";
import { runSync } from "../../../pki/x509/signature.ts";
import { type PkitsCase, policyName, type Verdict } from "./cases.ts";

/** What we say of a case, and why. */
export interface Ours {
  verdict: Verdict;
  why: string;
}

/** When version 1.0.1 was published; its certificates and CRLs last until 2030. */
const at = new Date("2011-04-15T00:00:00Z");

/** Judges a case as a relying party would: a path to the trust anchor, and CRLs for each certificate of it. */
export function judge(data: string, { certificates, crls, ...inputs }: PkitsCase): Ours {
  const read = (folder: string, file: string) => new Uint8Array(readFileSync(join(data, folder, file)));
  const [anchor, ...others] = ["TrustAnchorRootCertificate", ...certificates].map((name) =>
    readable(read("certs", `${name}.crt`)),
  );
  const signer = others.pop();
  if (!signer) return { verdict: { valid: false }, why: "unreadable" };
  const intermediates = others.filter((certificate) => certificate !== undefined);
  const lists = crls.map((name) => read("crls", `${name}.crl`));
  const question = { anchors: [anchor as Certificate], intermediates, at };
  const accept = goodByCrls({ crls: lists, intermediates, at });
  const result = runSync(findPath(signer, { ...inputs, ...question, accept }), verifyWithNode);
  if (result.ok && result.path[0] !== signer) throw new Error("Another certificate was validated.");
  return { verdict: verdictOf(result), why: result.ok ? "" : result.code };
}

const verdictOf = (result: PathResult): Verdict =>
  result.ok
    ? { valid: true, policies: result.policies.map(policyName).toSorted().join(",") || "none" }
    : { valid: false };

/** What comes with a message and cannot be read is left out. */
function readable(der: Uint8Array): Certificate | undefined {
  try {
    return readCertificate(der);
  } catch (error) {
    if (error instanceof NotDer || error instanceof BadCertificate) return undefined;
    throw error;
  }
}
