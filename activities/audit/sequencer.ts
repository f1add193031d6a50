import type { CryptoKey } from "jose";
import type { Pool } from "pg";
import { appendSigned } from "../../domain/audit/append-signed.ts";
import { chainBatch } from "../../domain/audit/chain.ts";
import { type CheckpointStore, positionOf, signCheckpoint } from "../../domain/audit/checkpoints.ts";
import { chainHead, lockCheckpoints } from "../../registry/audit/chain.ts";
import { transaction } from "../../registry/database.ts";
import { type Vouched, watchLog } from "./watch.ts";

export interface SequencerDeps {
  pool: Pool;
  checkpoints: CheckpointStore;
  key: { kid: string; privateKey: CryptoKey };
  clock: () => Date;
}

/**
 * Chains everything that waits, batch by batch, and signs how far it came. A sequencer that died between the two is made up
 * for by the next one, whose checkpoint is further on.
 */
export async function chainAuditLines(deps: SequencerDeps): Promise<{ chained: number } & Vouched> {
  let chained = 0;
  for (;;) {
    const batch = await chainBatch(deps.pool);
    if (batch === 0) break;
    chained += batch;
  }
  return { chained, ...(await vouch(deps)) };
}

/** One at a time, and only for what has committed: what is vouched for is never taken back. */
function vouch({ pool, checkpoints, key, clock }: SequencerDeps): Promise<Vouched> {
  return transaction(pool, async (connection) => {
    if (!(await lockCheckpoints(connection))) return { isVouched: false, isLost: false };
    const head = await chainHead(connection);
    const last = await checkpoints.last();
    if (!head || (last !== undefined && positionOf(last) >= head.position))
      return { isVouched: true, isLost: false };
    const at = clock();
    const sign = (previous: string | undefined) => signCheckpoint(head, previous, key, at);
    return { isVouched: true, ...(await appendSigned(connection, checkpoints, sign, at)) };
  });
}

export interface RunningSequencer {
  /** Chains what is left, and ends. */
  close(): Promise<void>;
}

/**
 * Chains every few seconds, by itself: the audit log waits for nobody, Temporal least of all. Any number of processes may
 * run one; the database lets one at a time. Where lines wait for too long, or are removed meanwhile, that is an error in the log.
 */
export function runSequencer(
  deps: SequencerDeps & { log: { error(fields: object, message: string): void } },
  everyMs: number,
): RunningSequencer {
  let running: Promise<unknown> = Promise.resolve();
  const watch = watchLog(deps);
  const failed = (error: Error): Vouched => {
    deps.log.error({ errorName: error.name }, "the audit log cannot be chained now; tried again");
    return { isVouched: false, isLost: false };
  };
  const run = () => chainAuditLines(deps).catch(failed).then(watch).catch(failed);
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    running = run().finally(() => {
      busy = false;
    });
  }, everyMs).unref();
  return {
    async close() {
      clearInterval(timer);
      await running;
      await run();
    },
  };
}
