import type { JWK } from "jose";
import type { Pool } from "pg";
import { firstPosition, readChain, unchained } from "../../registry/audit-chain.ts";
import {
  type ChainVerdict,
  chainStartOf,
  type Tampering,
  verifyChain,
} from "../../registry/audit-verdict.ts";
import { type CheckpointStore, verifyCheckpoints } from "../../registry/checkpoints.ts";

export interface AuditVerdict extends ChainVerdict {
  checkpoints: number;
  /** Lines that the sequencer has not come to yet, and how old the oldest is, seconds. */
  waiting: number;
  oldestWaitingSeconds: number;
  /** Why nothing outside the database vouches for what is there, in sentences; empty where all is as it should be. */
  unvouched: string[];
}

/** The sequencer comes every two seconds. What waits for longer can be removed unseen: it is held up, or stopped. */
const longestWaitSeconds = 60;

/** Holds the whole audit log against itself and against its checkpoints, and names the first thing that is wrong. */
export async function verifyAudit(deps: {
  pool: Pool;
  checkpoints: CheckpointStore;
  key: JWK;
  clock: () => Date;
}): Promise<AuditVerdict> {
  const { pool, clock } = deps;
  // What waits is read first: what is chained meanwhile is then in the chain.
  const { waiting, oldest, strays, gone } = await unchained(pool);
  const read = await verifyCheckpoints(deps.checkpoints.all(), deps.key);
  const { checkpoints, purges, fault } = read.ok ? read : { checkpoints: [], purges: [], fault: undefined };
  const start = chainStartOf(await firstPosition(pool), purges);
  const verdict = await verifyChain(readChain(pool), checkpoints, start);
  const [stray] = strays;
  const [lost] = gone;
  const beside: Tampering | undefined = !read.ok
    ? { what: "checkpoint", detail: `Checkpoint ${read.index}: ${read.why}` }
    : fault !== undefined
      ? { what: "purge", detail: fault }
      : stray !== undefined
        ? { what: "inserted", lineId: stray, detail: "This line did not come by the way lines come." }
        : lost === undefined
          ? undefined
          : { what: "deleted", lineId: lost, detail: "This line was to be chained, and is gone." };
  const oldestWaitingSeconds = oldest ? Math.max(0, (clock().getTime() - oldest.getTime()) / 1000) : 0;
  const unvouched = [
    ...(verdict.entries > 0 && checkpoints.length === 0
      ? ["No checkpoint is in KAZASU_CHECKPOINTS: it is another folder, or its content was removed."]
      : []),
    ...(oldestWaitingSeconds > longestWaitSeconds
      ? [
          "Lines have waited to be chained for over a minute: no worker runs, or somebody holds the sequencer's lock.",
        ]
      : []),
  ];
  return {
    ...verdict,
    tampering: verdict.tampering ?? beside,
    checkpoints: checkpoints.length,
    waiting,
    oldestWaitingSeconds,
    unvouched,
  };
}
