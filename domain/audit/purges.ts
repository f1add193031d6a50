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

/** One batch of a kind of record, in the caller's transaction; `undefined` where nothing is old enough. */
type Purge = (connection: Connection, now: Date, keptYears: number) => Promise<PurgeRecord | undefined>;

/**
 * Destroys evidence whose time is over. Its time begins with the end of the certificate that was issued on it, as the
 * certificate itself says, or with its coming where there was none; and never before the time of the line that it left.
 * @throws Error where a certificate ends later than its row says
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
 * Destroys the books of certificates whose end is long past. The end is the one that the certificate itself has, and it was
 * issued before that by its line.
 * @throws Error where a certificate ends later than its row says, or is not the one that its line is about
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

/** Destroys consents that ended long ago, by their rows and by their lines. */
export const purgeConsents: Purge = async (connection, now, keptYears) => {
  const due = await consentsEndedBefore(connection, yearsBefore(now, keptYears), batch);
  if (due.length === 0) return undefined;
  await deleteConsents(
    connection,
    due.map(({ id }) => id),
  );
  return recordPurge(connection, "consents", due, keptYears);
};

/** Destroys in one statement what is older than the rule keeps it, and records it. */
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
 * Destroys taps for the CA's page that a card was accepted for: they prove what was done under them. Their time is that of the
 * books: of certificates that there were at the tap and could be stopped by it, and of a link that it agreed to.
 */
export const purgePageVisits: Purge = deletingBefore("page-visits");

/** Destroys requests for erasure that were closed long ago. */
export const purgeErasures: Purge = deletingBefore("erasure-requests");

/** Destroys the lines of reads that were refused long ago. */
export const purgeRefusedReads: Purge = deletingBefore("refused-reads");

/**
 * Destroys requests for links that were closed, or ran out, long ago. One that a tap on the CA's page is about stays as long as
 * what is kept of the tap, which names it.
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
 * Destroys CRLs whose time is over and that a newer one has followed. What they said stands in the revocations, which are
 * books of the CA; a list is made for each change, and to keep them all would be to keep every revocation many times.
 */
export const purgeCrls = async (connection: Connection, now: Date): Promise<PurgeRecord | undefined> =>
  recordPurge(connection, "crls", await deleteCrlsBefore(connection, now, batch), 0);

/**
 * How far the audit log may be destroyed: to a position that a checkpoint vouches for, where its lines and the checkpoint are
 * older than the years. The lines' times are the database's, and that of the checkpoint is signed.
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

/** Destroys the oldest lines of the audit log, to where {@link auditLinesDue} says: the chain goes on from there. */
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
  new Error(
    `${what} is not over for as long as its row says; nothing is destroyed. Run \`kazasu audit certificates\`.`,
  );
