import { join } from "node:path";
import * as z from "zod";
import { crlReasonName } from "../../crl/reasons.ts";
import { parseRootCrl, readRootCrl } from "../authority-files.ts";
import {
  type ApprovedAct,
  approvalProblems,
  approvedRecord,
  fingerprint,
  hexSha256,
  recordOf,
} from "./approvals.ts";
import { type RootCrlStatement, readRootCrlStatement } from "./root-crl-statement.ts";
import type { Root } from "./roots.ts";
import { readSignedReport, rootCrlProblems } from "./verify.ts";

export const rootCrlReportType = "kazasu-root-crl+jwt";
const file = { sha256: hexSha256, der: z.base64() };

/** The record of a CRL that a root signed with its operators' approval. The root's key also signs the record. */
export const rootCrlReport = z.strictObject({
  /** The generation whose ceremony created the root. */
  generation: z.string(),
  ...approvedRecord,
  root: z.strictObject({ key: z.string(), ...file }),
  rootCrl: z.strictObject(file),
});
export type RootCrlReport = z.infer<typeof rootCrlReport>;

export const makeRootCrlReport = (root: Root, crl: Uint8Array, act: ApprovedAct): RootCrlReport => ({
  generation: root.generation,
  ...recordOf(act),
  root: { key: root.keyId, ...fileOf(root.certificate) },
  rootCrl: fileOf(crl),
});

const fileOf = (der: Uint8Array) => ({ sha256: fingerprint(der), der: Buffer.from(der).toString("base64") });

/**
 * Verifies the report of a renewed root CRL again: the root's signature on it, the approvals, and that the CRL is what was
 * approved. Like a ceremony's report, it cannot show whether the root is the right one.
 */
export async function verifyRootCrlReport(
  jws: string,
): Promise<{ problems: string[]; report?: RootCrlReport }> {
  const read = await readSignedReport(jws.trim(), rootCrlReport, rootCrlReportType);
  if (typeof read === "string") return { problems: [read] };
  const { report, root } = read;
  const statement = readRootCrlStatement(report.statement);
  if (statement === undefined)
    return { problems: ["The approved statement is not for a root's CRL."], report };
  const isApprovedRoot =
    report.generation === statement.generation &&
    report.root.sha256 === statement.root.sha256 &&
    report.root.sha256 === fingerprint(Buffer.from(report.root.der, "base64"));
  const problems = [
    ...(await approvalProblems(report, statement)),
    ...(isApprovedRoot ? [] : ["The root is not the approved one."]),
  ];
  try {
    problems.push(...rootCrlProblems(report.rootCrl, root));
    problems.push(...planProblems(report, statement));
  } catch {
    problems.push("The CRL in the report cannot be read.");
  }
  return { problems, report };
}

/** Whether the CRL follows the one known to the operators, is as recent as the act, and lasts as long as approved. */
function planProblems(
  report: RootCrlReport,
  { previous, days, entries: planned, revoke = [] }: RootCrlStatement,
): string[] {
  const { number, thisUpdate, nextUpdate, entries } = parseRootCrl(
    new Uint8Array(Buffer.from(report.rootCrl.der, "base64")),
  );
  // The CRL's times are whole seconds.
  const began = thisUpdate.getTime() + 1000;
  const isOfTheAct = began >= Date.parse(report.startedAt) && began <= Date.parse(report.endedAt) + 1000;
  const lists = ({ serial, reason }: { serial: string; reason: string }): boolean =>
    entries.some(
      (entry) =>
        entry.serial === serial &&
        crlReasonName(entry.reason) === reason &&
        entry.since.getTime() === thisUpdate.getTime(),
    );
  const isAsPlanned = entries.length === planned && revoke.every(lists);
  const isShortEnough = nextUpdate.getTime() - thisUpdate.getTime() <= days * 86_400_000;
  return [
    ...(number > BigInt(previous.number)
      ? []
      : ["The number of the CRL is not higher than the previous one."]),
    ...(isOfTheAct ? [] : ["The time of the CRL differs from the one in the report."]),
    ...(isAsPlanned ? [] : ["The CRL does not list the approved certificates."]),
    ...(isShortEnough ? [] : ["The CRL lasts longer than approved."]),
  ];
}

/** Whether the CRL file is the one in the report. */
export async function rootCrlFolderProblems({ rootCrl }: RootCrlReport, folder: string): Promise<string[]> {
  const beside = await readRootCrl(folder).catch(() => undefined);
  return beside !== undefined && fingerprint(beside.der) === rootCrl.sha256
    ? []
    : [`The CRL in ${join(folder, "root.crl")} is missing, or another one than in the report.`];
}
