import type { Certificate } from "../../../pki/x509/certificate.ts";
import { verifyWithNode } from "../../../pki/x509/node-signature.ts";
import { findPath } from "../../../pki/x509/path/find.ts";
import { type PathQuestion, type PathResult } from "../../../pki/x509/path/question.ts";
import { runSync } from "../../../pki/x509/signature.ts";

/** A moment at which what making.ts makes is valid. */
export const at = new Date("2026-06-01T00:00:00Z");

/** Finds a path in Node, and counts the signatures verified. */
export function find(
  signer: Certificate,
  question: Partial<PathQuestion> & Pick<PathQuestion, "anchors">,
): PathResult & { signatures: number } {
  let signatures = 0;
  const result = runSync(findPath(signer, { intermediates: [], at, ...question }), (check) => {
    signatures += 1;
    return verifyWithNode(check);
  });
  return { ...result, signatures };
}

/** The outcome in short: the code of a failure, or the names of the path. */
export const outcome = (result: PathResult): string =>
  result.ok ? result.path.map(({ subject }) => subject.values("CN").join()).join(" < ") : result.code;
