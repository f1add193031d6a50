import type { JWK } from "jose";
import type { Pool } from "pg";
import { strangeTables } from "../../registry/audit/acts.ts";
import { firstPosition, readChain } from "../../registry/audit/chain.ts";
import { notedCheckpoint } from "../../registry/audit/last-checkpoint.ts";
import { purgeIds } from "../../registry/audit/purges.ts";
import { oldestBehind, unchained } from "../../registry/audit/tail.ts";
import { type Connection, ofOneMoment } from "../../registry/database.ts";
import { type CheckpointStore, type LastSigned, type SignedPurge, verifyCheckpoints } from "./checkpoints.ts";
import { isOverdue, stalledBecause } from "./standing.ts";
import { type ChainVerdict, chainStartOf, type Tampering, verifyChain } from "./verdict.ts";
import { verifyRecords } from "./verify-records.ts";

export interface AuditVerdict extends ChainVerdict {
  checkpoints: number;
  /** The last signed record outside the database, for an auditor to note. */
  lastCheckpoint: { digest: string; position: string; at: string } | null;
  /** Lines that are not chained yet, and the age of the oldest, seconds. */
  waiting: number;
  oldestWaitingSeconds: number;
  /** Why checkpoints do not cover the database, in sentences; empty if they do. */
  unvouched: string[];
  /**
   * Why lines are not chained and covered in time, in sentences; until they are, they can be removed without a trace.
   */
  stalled: string[];
}

export interface VerifyDeps {
  pool: Pool;
  checkpoints: CheckpointStore;
  key: JWK;
  clock: () => Date;
  /** Digests of checkpoints that an auditor noted earlier. */
  expected?: readonly string[];
}

/**
 * Checks the whole audit log against its chain, its checkpoints and the rows of its acts, in one database snapshot,
 * and reports the first fault.
 */
export async function verifyAudit(deps: VerifyDeps): Promise<AuditVerdict> {
  const { pool, clock, expected = [] } = deps;
  const read = (digests: readonly string[]) =>
    verifyCheckpoints(deps.checkpoints.all(), deps.key, [...expected, ...digests]);
  // Checkpoints are signed only for committed entries, so whatever is read first is in the chain that is read next.
  const noted = await notedCheckpoint(pool);
  const signed = await read(noted ? [noted.digest] : []);
  return ofOneMoment(pool, async (connection) => {
    const { waiting, oldest, newest, strays, gone } = await unchained(connection);
    const known = signed.ok
      ? signed
      : { checkpoints: [], purges: [], fault: undefined, last: undefined, missing: [] };
    const purges = [...known.purges, ...(await purgesSince(connection, known.purges, () => read([])))];
    const { checkpoints } = known;
    // An empty folder may be the wrong folder: then nothing is covered, and that is reported.
    const missing = known.missing.filter((digest) => known.last !== undefined || expected.includes(digest));
    const verdict = await verifyChain(
      readChain(connection),
      checkpoints,
      chainStartOf(await firstPosition(connection), purges),
    );
    const beside: Tampering | undefined = signed.ok
      ? (besideChain({ ...known, missing, expected, strays, gone }, await strangeTables(connection)) ??
        (await verifyRecords(connection, { checkpoints, purges })))
      : { what: "checkpoint", detail: `Checkpoint ${signed.index}: ${signed.why}` };
    const behind = await oldestBehind(connection, checkpoints.at(-1)?.position ?? 0n);
    return {
      ...verdict,
      tampering: verdict.tampering ?? beside,
      checkpoints: checkpoints.length,
      lastCheckpoint: known.last ? toNote(known.last) : null,
      waiting,
      oldestWaitingSeconds: oldest ? Math.max(0, (clock().getTime() - oldest.getTime()) / 1000) : 0,
      unvouched:
        verdict.entries > 0 && checkpoints.length === 0
          ? ["No checkpoint is in KAZASU_CHECKPOINTS: it is another folder, or its content was removed."]
          : [],
      stalled: stalledBecause({
        tail: isOverdue(oldest, clock()) || isOverdue(newest, clock()),
        checkpoints: checkpoints.length > 0 && isOverdue(behind, clock()),
      }),
    };
  });
}

/** A purge may have been signed after the folder was read and committed before the database was read. */
async function purgesSince(
  connection: Connection,
  known: readonly SignedPurge[],
  read: () => ReturnType<typeof verifyCheckpoints>,
): Promise<SignedPurge[]> {
  const before = new Set(known.map(({ id }) => id));
  if ((await purgeIds(connection)).every((id) => before.has(id))) return [];
  const again = await read();
  return again.ok ? again.purges.slice(known.length) : [];
}

interface BesideChain {
  fault: string | undefined;
  missing: string[];
  expected: readonly string[];
  strays: string[];
  gone: string[];
}

function besideChain(
  { fault, missing: [missing], expected, strays: [stray], gone: [lost] }: BesideChain,
  [strange]: string[],
): Tampering | undefined {
  if (missing !== undefined)
    return {
      what: "checkpoint",
      detail: `The checkpoint ${missing}, which ${expected.includes(missing) ? "was noted earlier" : "the database knows as the last"}, is not among those that are here.`,
    };
  if (fault !== undefined) return { what: "purge", detail: fault };
  if (stray !== undefined)
    return { what: "inserted", lineId: stray, detail: "This line is in neither the chain nor the tail." };
  if (lost !== undefined)
    return { what: "deleted", lineId: lost, detail: "This line was waiting to be chained and is missing." };
  if (strange !== undefined)
    return {
      what: "table",
      detail: `public.${strange} does not have the definition that the migrations gave it.`,
    };
  return undefined;
}

const toNote = ({ digest, position, at }: LastSigned) => ({
  digest,
  position: position.toString(),
  at: at.toISOString(),
});
