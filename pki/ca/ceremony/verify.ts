import { verify, X509Certificate } from "node:crypto";
import { compactVerify, decodeProtectedHeader } from "jose";
import type * as z from "zod";
import { describeCrl } from "../../crl/describe.ts";
import { sameBytes } from "../../der/bytes.ts";
import { readDer } from "../../der/cursor.ts";
import { digestOf, keyAlgorithmOf } from "../../key-store/signature-algorithm.ts";
import { readCertificate as parseCertificate } from "../../x509/certificate.ts";
import { readSigned } from "../../x509/signed.ts";
import { readIssuer } from "../authority.ts";
import { readCertificate, readRootCrl } from "../authority-files.ts";
import { encodeDer } from "../der.ts";
import { distinguishedName } from "../name.ts";
import { lastSecondOfYears } from "../time.ts";
import { approvalProblems, fingerprint } from "./approvals.ts";
import { type CeremonyReport, ceremonyReport, certificateLine, reportType } from "./report.ts";
import { type CeremonyStatement, ceremonyStatement } from "./statement.ts";

export interface VerifiedReport {
  /** Faults, in sentences; empty if there are none. */
  problems: string[];
  /** The report, if it could be parsed. */
  report?: CeremonyReport;
}

/**
 * Verifies a ceremony's signed report again: the root's signature on it, the approvals, and that each key, each certificate and
 * the root CRL are as approved and signed by the right key.
 *
 * It cannot show whether the root is the right one: compare its SHA-256 with the one written down at the ceremony.
 */
export async function verifyReport(jws: string): Promise<VerifiedReport> {
  const read = await readSignedReport(jws.trim(), ceremonyReport, reportType);
  if (typeof read === "string") return { problems: [read] };
  const { report, root } = read;
  const statement = readStatement(report.statement);
  if (statement === undefined) return { problems: ["The approved statement is not for a ceremony."], report };
  const problems = [
    ...(await approvalProblems(report, statement)),
    ...statementProblems(report, statement),
    ...certificateProblems(report, statement),
    ...keyProblems(report, statement),
    ...rootCrlProblems(report.rootCrl, root),
    ...newRootProblems(report),
  ];
  return { problems, report };
}

/** Differences between a generation's folder and its report, in sentences. */
export async function folderProblems(report: CeremonyReport, folder: string): Promise<string[]> {
  const files: [string, string, Promise<Uint8Array>][] = [
    ...report.certificates.map(({ id, sha256 }): [string, string, Promise<Uint8Array>] => [
      `certificate ${id}`,
      sha256,
      readCertificate(folder, id),
    ]),
    ["root CRL", report.rootCrl.sha256, readRootCrl(folder).then(({ der }) => der)],
  ];
  const problems = await Promise.all(
    files.map(async ([name, sha256, reading]) => {
      const content = await reading.catch(() => undefined);
      const same = content !== undefined && fingerprint(content) === sha256;
      return same ? [] : [`The ${name} in ${folder} is missing, or another one than in the report.`];
    }),
  );
  return problems.flat();
}

/** A report signed by the root it contains; otherwise what is wrong, in a sentence. */
export async function readSignedReport<T extends { root: { der: string } }>(
  jws: string,
  schema: z.ZodType<T>,
  type: string,
): Promise<{ report: T; root: X509Certificate } | string> {
  try {
    const [first = ""] = decodeProtectedHeader(jws).x5c ?? [];
    const root = new X509Certificate(Buffer.from(first, "base64"));
    const { payload, protectedHeader } = await compactVerify(jws, root.publicKey, {
      algorithms: ["ES256", "ES384", "RS256"],
    });
    const report = schema.parse(JSON.parse(new TextDecoder().decode(payload)));
    if (protectedHeader.typ !== type) return "The signed object is not a report of a ceremony.";
    if (report.root.der !== first) return "The report is not signed by the root it names.";
    if (!root.verify(root.publicKey)) return "The root's certificate is not self-signed.";
    return { report, root };
  } catch {
    return "The report is not signed by the root in it, or is not of this version.";
  }
}

function readStatement(text: string): CeremonyStatement | undefined {
  try {
    return ceremonyStatement.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function statementProblems(report: CeremonyReport, statement: CeremonyStatement): string[] {
  const sameStore = JSON.stringify(report.keyStore) === JSON.stringify(statement.keyStore);
  return [
    ...(report.generation === statement.generation ? [] : ["The statement is for another generation."]),
    ...(sameStore ? [] : ["The keys are not in the approved key store."]),
  ];
}

/** `g1-ocsp-*` stands for one key. */
const isPlanned = (planned: string, id: string): boolean =>
  planned === id || (planned.endsWith("*") && planned.slice(0, -1) === id.slice(0, -8));

function certificateProblems(report: CeremonyReport, statement: CeremonyStatement): string[] {
  const { certificates } = report;
  const known = new Map(
    [report.root, ...(report.previousRoot ? [report.previousRoot] : [])].map(({ key, der }) => [key, der]),
  );
  for (const { role, key, der } of certificates) if (role !== "cross") known.set(key, der);
  const problems = certificates.flatMap((line) => {
    const der = Buffer.from(line.der, "base64");
    const said = JSON.stringify({ ...line });
    const is = JSON.stringify(certificateLine({ ...line, keyId: line.key, der }));
    if (said !== is) return [`The certificate ${line.id} is not as the report describes it.`];
    const issuer = known.get(line.signedBy);
    const subject = known.get(line.key);
    const certificate = new X509Certificate(der);
    const above = issuer === undefined ? undefined : new X509Certificate(Buffer.from(issuer, "base64"));
    if (!above || !certificate.checkIssued(above) || !certificate.verify(above.publicKey)) {
      return [`The certificate ${line.id} is not signed by ${line.signedBy}.`];
    }
    if (subject === undefined || spkiOf(subject) !== spkiOf(line.der)) {
      return [`The certificate ${line.id} holds another key than ${line.key}.`];
    }
    const began = new Date(line.notBefore).getTime() + 1000;
    if (began < Date.parse(report.startedAt) || began > Date.parse(report.endedAt) + 1000) {
      return [`The certificate ${line.id} does not begin with the ceremony.`];
    }
    return [];
  });
  const { previous } = statement;
  if (report.previousRoot && report.previousRoot.sha256 !== previous?.rootSha256) {
    problems.push("The previous root is not the approved one.");
  }
  for (const { sha256, der, key } of [report.root, ...(report.previousRoot ? [report.previousRoot] : [])]) {
    if (fingerprint(Buffer.from(der, "base64")) !== sha256)
      problems.push(`The root ${key} has another SHA-256.`);
  }
  if (certificates.length !== statement.certificates.length) {
    problems.push("The certificates are not the approved ones.");
  }
  for (const planned of statement.certificates) {
    const made = certificates.find(
      (line) =>
        line.role === planned.role &&
        isPlanned(planned.key, line.key) &&
        isPlanned(planned.signedBy, line.signedBy),
    );
    if (!made || !isAsPlanned(made, planned)) {
      problems.push(`The ${planned.role} certificate of ${planned.key} is not as approved, or missing.`);
    }
  }
  return problems;
}

function isAsPlanned(
  made: CeremonyReport["certificates"][number],
  planned: CeremonyStatement["certificates"][number],
): boolean {
  const der = Buffer.from(made.der, "base64");
  const [from, to] = [new Date(made.notBefore), new Date(made.notAfter)];
  if (planned.years !== undefined && to.getTime() !== lastSecondOfYears(from, planned.years).getTime())
    return false;
  if (planned.days !== undefined && to.getTime() - from.getTime() >= planned.days * 86_400_000) return false;
  if (planned.subject === undefined) return true;
  const { countryName, organizationName, commonName } = planned.subject;
  const name = distinguishedName([
    ["countryName", countryName],
    ["organizationName", organizationName],
    ["commonName", commonName.replace("*", made.key.slice(-8))],
  ]);
  return sameBytes(encodeDer(name), parseCertificate(der).subject.der);
}

const publicKeyOf = (der: string) => new X509Certificate(Buffer.from(der, "base64")).publicKey;
const spkiOf = (der: string): string => fingerprint(publicKeyOf(der).export({ format: "der", type: "spki" }));

function keyProblems({ keys, certificates }: CeremonyReport, statement: CeremonyStatement): string[] {
  const problems = keys.flatMap((line) => {
    const certificate = certificates.find(({ role, key }) => role === line.role && key === line.id);
    const planned = statement.keys.find(({ id, role }) => role === line.role && isPlanned(id, line.id));
    if (certificate === undefined || spkiOf(certificate.der) !== line.spkiSha256) {
      return [`The key ${line.id} is not the one in its certificate.`];
    }
    const algorithm = keyAlgorithmOf(publicKeyOf(certificate.der));
    return algorithm === line.algorithm && algorithm === planned?.algorithm
      ? []
      : [`The key ${line.id} is of another algorithm than was approved.`];
  });
  return keys.length === statement.keys.length
    ? problems
    : [...problems, "The keys are not the approved ones."];
}

/** Faults in a report's root CRL, in sentences. */
export function rootCrlProblems(rootCrl: CeremonyReport["rootCrl"], root: X509Certificate): string[] {
  const der = new Uint8Array(Buffer.from(rootCrl.der, "base64"));
  if (fingerprint(der) !== rootCrl.sha256)
    return ["The SHA-256 of the root CRL differs from the one in the report."];
  const { tbs, signature } = readDer(der, "CRL", readSigned);
  const digest = digestOf(readIssuer(new Uint8Array(root.raw)).signatureAlgorithm);
  return verify(digest, tbs, root.publicKey, signature) ? [] : ["The root CRL is not signed by the root."];
}

/** A root just created in a ceremony has revoked nothing. */
function newRootProblems({ keys, rootCrl }: CeremonyReport): string[] {
  if (!keys.some(({ role }) => role === "root")) return [];
  const { entries } = describeCrl(new Uint8Array(Buffer.from(rootCrl.der, "base64")));
  return entries === 0 ? [] : ["The CRL of the new root lists certificates."];
}
