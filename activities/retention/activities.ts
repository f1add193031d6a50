import type { CryptoKey, JWK } from "jose";
import type { Pool } from "pg";
import { awaitCheckpoints, firstPosition, readChain } from "../../registry/audit-chain.ts";
import { chainStartOf, verifyChain } from "../../registry/audit-verdict.ts";
import {
  type CheckpointStore,
  type CheckpointsVerdict,
  type SignedCheckpoint,
  signPurgeRecord,
  verifyCheckpoints,
} from "../../registry/checkpoints.ts";
import { type Connection, transaction } from "../../registry/database.ts";
import { purgeUnclaimedEvidence } from "../../registry/evidence.ts";
import { purgeErasures, purgePageVisits, purgeRefusedReads } from "../../registry/person-page/retention.ts";
import type { PurgeRecord, RetentionYears } from "../../registry/purge-record.ts";
import {
  auditLinesDue,
  purgeAuditLines,
  purgeCertificates,
  purgeConsents,
  purgeCrls,
  purgeEvidence,
} from "../../registry/retention.ts";
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
      return purgeUnclaimedEvidence(deps.pool, deps.clock());
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
 * Destroys what has been kept as long as the settings say: batch by batch, each in a transaction of its own with the row and
 * the audit line that prove what it destroyed, and with a signed record beside the checkpoints. Audit lines go last, and only
 * as far as a verified checkpoint vouches for them.
 */
export function createPurgeActivities(deps: PurgeDeps): Pick<CertificateActivities, "purgeRecords"> {
  const { pool, clock, years } = deps;
  const once = (purge: (connection: Connection) => Promise<PurgeRecord | undefined>): Promise<number> =>
    transaction(pool, async (connection) => {
      const purged = await purge(connection);
      if (purged) await putOnRecord(deps, connection, purged);
      return purged?.count ?? 0;
    });
  const until: typeof once = async (purge) => {
    let total = 0;
    for (;;) {
      const purged = await once(purge);
      if (purged === 0) return total;
      total += purged;
    }
  };
  return {
    async purgeRecords() {
      const vouched = await checkpointsInOrder(deps);
      const evidence = await until((connection) => purgeEvidence(connection, clock(), years.evidence));
      const certificates = await until((connection) => purgeCertificates(connection, clock(), years.books));
      const consents = await until((connection) => purgeConsents(connection, clock(), years.consent));
      const visits = await until((connection) => purgePageVisits(connection, clock(), years.books));
      const erasures = await until((connection) => purgeErasures(connection, clock(), years.consent));
      const refused = await until((connection) => purgeRefusedReads(connection, clock(), years.consent));
      const crls = await until((connection) => purgeCrls(connection, clock()));
      const due = await linesToDestroy(deps, vouched);
      const lines = due ? await once((connection) => purgeAuditLines(connection, years.books, due)) : 0;
      return { purged: evidence + certificates + consents + visits + erasures + refused + crls + lines };
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
  const last = await checkpoints.last();
  await checkpoints.append(await signPurgeRecord(purged, last, auditKey, clock()));
}

type Vouched = Extract<CheckpointsVerdict, { ok: true }>;

/** @throws Error where a checkpoint or a former purge is not in order: nothing is signed behind it */
async function checkpointsInOrder({ checkpoints, auditKey }: PurgeDeps): Promise<Vouched> {
  const read = await verifyCheckpoints(checkpoints.all(), auditKey.publicJwk);
  const fault = read.ok ? read.fault : `checkpoint ${read.index} is not in order. ${read.why}`;
  if (!read.ok || fault !== undefined)
    throw new Error(`No audit line is destroyed, nor any other record: ${fault}`);
  return read;
}

/** How far audit lines are destroyed now. @throws Error where the lines up to there are not what was chained */
async function linesToDestroy(
  { pool, clock, years }: PurgeDeps,
  { checkpoints, purges }: Vouched,
): Promise<SignedCheckpoint | undefined> {
  const due = await auditLinesDue(pool, clock(), years.books, checkpoints);
  const first = await firstPosition(pool);
  if (!due || first === undefined || first > due.position) return undefined;
  const vouching = checkpoints.filter(({ position }) => position <= due.position);
  const { tampering } = await verifyChain(
    readChain(pool, due.position),
    vouching,
    chainStartOf(first, purges),
  );
  if (tampering) throw new Error(`No audit line is destroyed: ${tampering.detail}`);
  return due;
}
