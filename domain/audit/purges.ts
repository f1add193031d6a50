import {
  certificatesBefore,
  consentsEndedBefore,
  deleteCertificates,
  deleteConsents,
  deleteCrlsBefore,
  deleteLinesTo,
  deleteLinkRequestsBefore,
  emptyEvidence,
  entriesTo,
  evidenceBefore,
  lastPositionBefore,
} from "../../registry/audit/retention.ts";
import type { Connection } from "../../registry/database.ts";
import { deletePageRecordsBefore, type PageRecordKind } from "../../registry/person-page/retention.ts";
import type { SignedCheckpoint } from "./checkpoints.ts";
import { isOver } from "./over.ts";
import { type PurgeRecord, recordPurge } from "./purge-record.ts";
import { linkRequestYears, yearsBefore } from "./retention.ts";

/** How many rows one purge destroys at most. */
const batch = 500;

/** Destroys one batch of a kind of record, in the caller's transaction; `undefined` if nothing is old enough. */
type Purge = (connection: Connection, now: Date, keptYears: number) => Promise<PurgeRecord | undefined>;

/**
 * Destroys evidence whose retention period is over. The period begins at the notAfter of the certificate issued on
 * it, as the certificate itself says, or at receipt if there is none; never before the time of its audit line.
 * @throws Error if a certificate ends later than its row says
 */
export const purgeEvidence: Purge = async (connection, now, keptYears) => {
  const before = yearsBefore(now, keptYears);
  const due = await evidenceBefore(connection, before, batch);
  if (due.length === 0) return undefined;
  for (const { id, ders } of due)
    for (const der of ders ?? []) if (!isOver(der, before)) throw notOver(`The evidence ${id}`);
  await emptyEvidence(
    connection,
    due.map(({ id }) => id),
  );
  return recordPurge(connection, "evidence", due, keptYears);
};

/**
 * Destroys the records of certificates whose end is long past. The end is the certificate's own notAfter; the time of
 * issue is that of its audit line.
 * @throws Error if a certificate ends later than its row says, or is not the one named in its line
 */
export const purgeCertificates: Purge = async (connection, now, keptYears) => {
  const before = yearsBefore(now, keptYears);
  const due = await certificatesBefore(connection, before, batch);
  if (due.length === 0) return undefined;
  for (const { serial, der, digest, issuedSha256 } of due)
    if (!isOver(der, before, serial) || (issuedSha256 ?? digest) !== digest)
      throw notOver(`The certificate ${serial}`);
  await deleteCertificates(connection, due);
  return recordPurge(connection, "certificates", due, keptYears);
};

/** Destroys consents that ended long ago, according to both their rows and their audit lines. */
export const purgeConsents: Purge = async (connection, now, keptYears) => {
  const due = await consentsEndedBefore(connection, yearsBefore(now, keptYears), batch);
  if (due.length === 0) return undefined;
  await deleteConsents(
    connection,
    due.map(({ id }) => id),
  );
  return recordPurge(connection, "consents", due, keptYears);
};

/** Deletes and records, in one statement, what is older than its retention period. */
const deletingBefore =
  (kind: PageRecordKind): Purge =>
  async (connection, now, keptYears) =>
    recordPurge(
      connection,
      kind,
      await deletePageRecordsBefore(connection, kind, yearsBefore(now, keptYears), batch),
      keptYears,
    );

/**
 * Destroys approved taps for the person page: they prove what was done under them. Each is kept as long as the
 * records that rely on it: certificates that existed at the tap and could be stopped by it, and a link that it agreed
 * to.
 */
export const purgePageVisits: Purge = deletingBefore("page-visits");

/** Destroys erasure requests that were closed long ago. */
export const purgeErasures: Purge = deletingBefore("erasure-requests");

/** Destroys records of reads that were refused long ago. */
export const purgeRefusedReads: Purge = deletingBefore("refused-reads");

/**
 * Destroys link requests that were closed or expired long ago. A request that a tap on the person page names is kept
 * as long as the record of that tap.
 */
export const purgeLinkRequests = async (
  connection: Connection,
  now: Date,
): Promise<PurgeRecord | undefined> =>
  recordPurge(
    connection,
    "link-requests",
    await deleteLinkRequestsBefore(connection, yearsBefore(now, linkRequestYears), batch),
    linkRequestYears,
  );

/**
 * Destroys CRLs that have expired and have a successor. Their content remains in the revocations; a CRL is made for
 * each change, and keeping all of them would store every revocation many times.
 */
export const purgeCrls = async (connection: Connection, now: Date): Promise<PurgeRecord | undefined> =>
  recordPurge(connection, "crls", await deleteCrlsBefore(connection, now, batch), 0);

/**
 * The position up to which audit lines may be destroyed: one covered by a checkpoint, where both the lines and the
 * checkpoint are older than the retention period. The lines' times come from the database; the checkpoint's time is
 * signed.
 */
export async function auditLinesDue(
  connection: Connection,
  now: Date,
  keptYears: number,
  vouched: readonly SignedCheckpoint[],
): Promise<SignedCheckpoint | undefined> {
  const before = yearsBefore(now, keptYears);
  const end = await lastPositionBefore(connection, before);
  return vouched.findLast(({ position, at }) => position <= end && at < before);
}

/** Destroys the oldest audit lines, up to {@link auditLinesDue}; the chain continues from there. */
export async function purgeAuditLines(
  connection: Connection,
  keptYears: number,
  { position, hash }: SignedCheckpoint,
): Promise<PurgeRecord | undefined> {
  const due = await entriesTo(connection, position);
  if (due.length === 0) return undefined;
  await deleteLinesTo(
    connection,
    due.map(({ id }) => id),
    position,
  );
  return recordPurge(connection, "audit-lines", due, keptYears, { position, hash });
}

const notOver = (what: string): Error =>
  new Error(`${what} ends later than its row says; nothing is destroyed. Run \`kazasu audit certificates\`.`);
