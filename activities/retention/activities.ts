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

/** Retention: what may not be kept goes. */
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
  /** The key that signs checkpoints, and what verifies them. */
  auditKey: { kid: string; privateKey: CryptoKey; publicJwk: JWK };
}

/**
 * Destroys what has been kept as long as the settings say, once the log, whose times it goes by, is in order: batch by batch, each in a transaction of its own with the row and
 * the audit line that prove what it destroyed, and with a signed record beside the checkpoints. Audit lines go last, and only
 * as far as a verified checkpoint vouches for them.
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
      const certificates = await until((connection) => purgeCertificates(connection, clock(), years.books));
      const consents = await until((connection) => purgeConsents(connection, clock(), years.consent));
      const visits = await until((connection) => purgePageVisits(connection, clock(), years.books));
      // After the taps: one may name the request.
      const requests = await until((connection) => purgeLinkRequests(connection, clock()));
      const erasures = await until((connection) => purgeErasures(connection, clock(), years.consent));
      const refused = await until((connection) => purgeRefusedReads(connection, clock(), years.consent));
      const crls = await until((connection) => purgeCrls(connection, clock()));
      const due = await linesToDestroy(deps, vouched);
      const lines = due ? await once((connection) => purgeAuditLines(connection, years.books, due)) : 0;
      const ofThePage = visits + erasures + refused;
      return { purged: evidence + certificates + consents + ofThePage + requests + crls + lines };
    },
  };
}

/** The record is stored first: killed before the commit, a purge that was signed is done by the next run. */
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

/** @throws Error where a checkpoint or a former purge is not in order: nothing is signed behind it */
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

/** @throws Error where the lines are not what was chained */
async function requireChain({ pool }: PurgeDeps, { checkpoints, purges }: Vouched): Promise<void> {
  const start = chainStartOf(await firstPosition(pool), purges);
  const { tampering } = await verifyChain(readChain(pool), checkpoints, start);
  if (tampering) throw new Error(`No audit line is destroyed, nor any other record: ${tampering.detail}`);
}

/** How far audit lines are destroyed now. */
async function linesToDestroy(
  { pool, clock, years }: PurgeDeps,
  { checkpoints }: Vouched,
): Promise<SignedCheckpoint | undefined> {
  const due = await auditLinesDue(pool, clock(), years.books, checkpoints);
  const first = await firstPosition(pool);
  return !due || first === undefined || first > due.position ? undefined : due;
}
