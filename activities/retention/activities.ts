import type { CryptoKey, JWK } from "jose";
import type { Pool } from "pg";
import { appendSigned } from "../../domain/audit/append-signed.ts";
import {
  type CheckpointStore,
  type CheckpointsVerdict,
  type SignedCheckpoint,
  signPurgeRecord,
  verifyCheckpoints,
} from "../../domain/audit/checkpoints.ts";
import { type PurgeRecord } from "../../domain/audit/purge-record.ts";
import {
  auditLinesDue,
  purgeAuditLines,
  purgeCertificates,
  purgeConsents,
  purgeCrls,
  purgeErasures,
  purgeEvidence,
  purgeLinkRequests,
  purgePageVisits,
  purgeRefusedReads,
} from "../../domain/audit/purges.ts";
import { type RetentionYears, unclaimedEvidenceMs } from "../../domain/audit/retention.ts";
import { chainStartOf, verifyChain } from "../../domain/audit/verdict.ts";
import { awaitCheckpoints, firstPosition, readChain } from "../../registry/audit/chain.ts";
import { notedCheckpoint } from "../../registry/audit/last-checkpoint.ts";
import { type Connection, transaction } from "../../registry/database.ts";
import { deleteUnclaimedEvidence } from "../../registry/issuance/evidence.ts";
import type { CertificateActivities } from "../../workflows/certificate/contract.ts";
import type { RetentionActivities } from "../../workflows/issuance/contract.ts";

export interface RetentionDeps {
  pool: Pool;
  clock: () => Date;
}

/** Retention: deletes what may not be kept. */
export function createRetentionActivities(deps: RetentionDeps): RetentionActivities {
  return {
    async endUnclaimedEvidence() {
      return deleteUnclaimedEvidence(deps.pool, new Date(deps.clock().getTime() - unclaimedEvidenceMs));
    },
  };
}

export interface PurgeDeps {
  pool: Pool;
  clock: () => Date;
  years: RetentionYears;
  checkpoints: CheckpointStore;
  /** The key that signs checkpoints, and its public part. */
  auditKey: { kid: string; privateKey: CryptoKey; publicJwk: JWK };
}

/**
 * Destroys records whose retention period is over, after verifying the audit log, on whose times it relies: batch by batch,
 * each in its own transaction with the row and the audit line that prove what was destroyed, and with a signed record in the
 * checkpoint store. Audit lines are last, and only up to a position that a verified checkpoint covers.
 */
export function createPurgeActivities(deps: PurgeDeps): Pick<CertificateActivities, "purgeRecords"> {
  const { pool, clock, years } = deps;
  return {
    async purgeRecords() {
      const vouched = await checkpointsInOrder(deps);
      let isInOrder = false;
      const once = (purge: (connection: Connection) => Promise<PurgeRecord | undefined>): Promise<number> =>
        transaction(pool, async (connection) => {
          const purged = await purge(connection);
          if (!purged) return 0;
          if (!isInOrder) await requireChain(deps, vouched);
          isInOrder = true;
          await putOnRecord(deps, connection, purged);
          return purged.count;
        });
      const until: typeof once = async (purge) => {
        let total = 0;
        for (;;) {
          const purged = await once(purge);
          if (purged === 0) return total;
          total += purged;
        }
      };
      const evidence = await until((connection) => purgeEvidence(connection, clock(), years.evidence));
      const certificates = await until((connection) =>
        purgeCertificates(connection, clock(), years.certificate),
      );
      const consents = await until((connection) => purgeConsents(connection, clock(), years.consent));
      const visits = await until((connection) => purgePageVisits(connection, clock(), years.certificate));
      // After the taps, because a tap may name the request.
      const requests = await until((connection) => purgeLinkRequests(connection, clock()));
      const erasures = await until((connection) => purgeErasures(connection, clock(), years.consent));
      const refused = await until((connection) => purgeRefusedReads(connection, clock(), years.consent));
      const crls = await until((connection) => purgeCrls(connection, clock()));
      const due = await linesToDestroy(deps, vouched);
      const lines = due ? await once((connection) => purgeAuditLines(connection, years.certificate, due)) : 0;
      const ofThePage = visits + erasures + refused;
      return { purged: evidence + certificates + consents + ofThePage + requests + crls + lines };
    },
  };
}

/** The record is stored before the commit: if the process dies in between, the next run carries the signed purge out. */
async function putOnRecord(
  { checkpoints, auditKey, clock }: PurgeDeps,
  connection: Connection,
  purged: PurgeRecord,
): Promise<void> {
  await awaitCheckpoints(connection);
  const at = clock();
  await appendSigned(connection, checkpoints, (last) => signPurgeRecord(purged, last, auditKey, at), at);
}

type Vouched = Extract<CheckpointsVerdict, { ok: true }>;

/** @throws Error if a checkpoint or an earlier purge record is not valid: nothing is signed after it */
async function checkpointsInOrder({ pool, checkpoints, auditKey }: PurgeDeps): Promise<Vouched> {
  const noted = await notedCheckpoint(pool);
  const read = await verifyCheckpoints(checkpoints.all(), auditKey.publicJwk, noted ? [noted.digest] : []);
  const fault = !read.ok
    ? `checkpoint ${read.index} is not in order. ${read.why}`
    : read.missing.length > 0
      ? `the checkpoint ${read.missing[0]} was removed.`
      : read.fault;
  if (!read.ok || fault !== undefined)
    throw new Error(`No audit line is destroyed, nor any other record: ${fault}`);
  return read;
}

/** @throws Error if the lines differ from what was chained */
async function requireChain({ pool }: PurgeDeps, { checkpoints, purges }: Vouched): Promise<void> {
  const start = chainStartOf(await firstPosition(pool), purges);
  const { tampering } = await verifyChain(readChain(pool), checkpoints, start);
  if (tampering) throw new Error(`No audit line is destroyed, nor any other record: ${tampering.detail}`);
}

/** The position up to which audit lines are destroyed now. */
async function linesToDestroy(
  { pool, clock, years }: PurgeDeps,
  { checkpoints }: Vouched,
): Promise<SignedCheckpoint | undefined> {
  const due = await auditLinesDue(pool, clock(), years.certificate, checkpoints);
  const first = await firstPosition(pool);
  return !due || first === undefined || first > due.position ? undefined : due;
}
