import { createHash, X509Certificate } from "node:crypto";
import type { Pool } from "pg";
import type { Authorities } from "../../pki/ca/authorities.ts";
import { lintCertificate } from "../../pki/ca/lint/lint.ts";
import { profileHash } from "../../pki/ca/profiles/profile.ts";
import { allProfiles, profileByHash } from "../../pki/ca/profiles/profiles.ts";
import type { StatusUrls } from "../../pki/ca/status-urls.ts";
import { readCertificateParts } from "../../pki/x509/certificate-parts.ts";
import { type AuditedIntent, auditedIntents } from "../../registry/certificate/audited.ts";
import type { JournalledIntent } from "../signing/journal-index.ts";

/** A fault that the CA's own auditor found in a certificate, or an unregistered certificate. */
export interface AuditFinding {
  /** A stable name of the fault. */
  finding:
    | "unreadable"
    | "not-what-was-intended"
    | "signature-wrong"
    | "generation-unknown"
    | "profile-unknown"
    | "lint"
    | "row-differs"
    | "evidence-differs"
    | "not-in-journal"
    | "journal-differs"
    | "orphan"
    | "signed-never-stored"
    | "state-differs";
  serial: string;
  detail: string;
}

export interface CertificateAudit {
  intents: number;
  certificates: number;
  revoked: number;
  findings: AuditFinding[];
}

export interface AuditorDeps {
  pool: Pool;
  authorities: () => Authorities;
  urls: StatusUrls;
  /** All journal entries, by intent. */
  journal: ReadonlyMap<string, JournalledIntent>;
  clock: () => Date;
  /** Called from time to time with the number of intents read. */
  progress?: (read: number) => void;
}

/** An issuance takes minutes; one unfinished after this long will not finish. */
const unfinishedAfterMs = 7_200_000;

/**
 * Reads every certificate that the CA has ever stored, and checks it against its intent, its profile, the journal, and the
 * state of its enrolment. A certificate in the journal and not in the registry is an orphan.
 */
export async function auditCertificates(deps: AuditorDeps): Promise<CertificateAudit> {
  const audit: CertificateAudit = { intents: 0, certificates: 0, revoked: 0, findings: [] };
  const unseen = new Set(deps.journal.keys());
  for await (const intent of auditedIntents(deps.pool)) {
    audit.intents += 1;
    if (intent.der) audit.certificates += 1;
    if (intent.revokedBecause) audit.revoked += 1;
    unseen.delete(intent.intentId);
    for (const [finding, detail] of examine(deps, intent))
      audit.findings.push({ finding, serial: intent.serial, detail });
    if (audit.intents % 500 === 0) deps.progress?.(audit.intents);
  }
  for (const [intentId, { serial, signed }] of deps.journal) {
    if (!unseen.has(intentId)) continue;
    const detail = `The journal knows an intent ${signed.size > 0 ? "that was signed" : "never signed"}, the registry does not.`;
    audit.findings.push({ finding: "orphan", serial, detail });
  }
  return audit;
}

type Found = [AuditFinding["finding"], string];

function* examine(deps: AuditorDeps, intent: AuditedIntent): Generator<Found> {
  yield* examineJournal(deps, intent);
  yield* examineState(intent);
  if (intent.evidenceNow !== null && intent.evidenceNow !== intent.evidenceSha256)
    yield ["evidence-differs", "The evidence is not the one that the certificate was issued on."];
  if (intent.der) yield* examineCertificate(deps, intent, intent.der);
}

function* examineCertificate(deps: AuditorDeps, intent: AuditedIntent, der: Buffer): Generator<Found> {
  const authority = deps.authorities().all.find(({ generation }) => generation === intent.generation);
  if (!authority) {
    yield ["generation-unknown", `The CA's generation ${intent.generation} is not here to verify it.`];
    return;
  }
  let certificate: X509Certificate;
  let tbs: Uint8Array;
  try {
    certificate = new X509Certificate(der);
    tbs = readCertificateParts(der).tbs;
  } catch {
    yield ["unreadable", "The stored bytes are not a DER certificate."];
    return;
  }
  if (!intent.tbs.equals(tbs)) yield ["not-what-was-intended", "Its TBS differs from that of its intent."];
  const issuing = new X509Certificate(authority.issuing);
  if (!certificate.verify(issuing.publicKey))
    yield ["signature-wrong", "Its signature does not verify under its generation's issuing CA."];
  yield* examineRow(intent, certificate);
  if (!allProfiles.some((profile) => profileHash(profile) === intent.profileHash)) {
    yield ["profile-unknown", "This release has no profile with its profile hash."];
    return;
  }
  const context = {
    issuer: authority.issuer,
    issuingCertificate: authority.issuing,
    profile: profileByHash(intent.profileHash),
    urls: deps.urls,
  };
  for (const { rule, detail } of lintCertificate(der, context)) yield ["lint", `${rule}: ${detail}`];
}

function* examineRow(intent: AuditedIntent, certificate: X509Certificate): Generator<Found> {
  const spki = certificate.publicKey.export({ format: "der", type: "spki" });
  const differences = [
    [certificate.serialNumber.toLowerCase() === intent.serial, "serial"],
    [createHash("sha256").update(spki).digest("base64url") === intent.spkiSha256, "key"],
    [Date.parse(certificate.validFrom) === intent.notBefore?.getTime(), "notBefore"],
    [Date.parse(certificate.validTo) === intent.notAfter?.getTime(), "notAfter"],
  ] as const;
  for (const [same, column] of differences)
    if (!same) yield ["row-differs", `The registry's ${column} is not the certificate's.`];
}

function* examineJournal({ journal, clock }: AuditorDeps, intent: AuditedIntent): Generator<Found> {
  const journalled = journal.get(intent.intentId);
  const isOld = clock().getTime() - intent.intendedAt.getTime() > unfinishedAfterMs;
  if (!journalled) {
    if (intent.der) yield ["not-in-journal", "It was issued, and no journal that was read has it."];
    return;
  }
  if (journalled.serial !== intent.serial)
    yield ["journal-differs", "The journal has another serial for it."];
  const sha256 = intent.der && createHash("sha256").update(intent.der).digest("base64url");
  if (sha256 && journalled.signed.size > 0 && !journalled.signed.has(sha256))
    yield ["journal-differs", "The journal has another certificate for its intent."];
  if (!intent.der && journalled.signed.size > 0 && isOld && intent.revokedBecause === null)
    yield [
      "signed-never-stored",
      "It was signed, is not stored, and is not revoked: revoke it by its serial.",
    ];
}

function* examineState({ state, der, revokedBecause }: AuditedIntent): Generator<Found> {
  if (state === "active" && revokedBecause)
    yield ["state-differs", "It is revoked, its enrolment is active."];
  if (state === "active" && !der)
    yield ["state-differs", "Its enrolment is active, and no certificate is stored."];
  if ((state === "superseded" || state === "revoked") && !revokedBecause)
    yield ["state-differs", `Its enrolment is ${state}, and it is not revoked.`];
}
