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
 * Chains all waiting lines, batch by batch, and signs the position reached. If a sequencer dies between the two, the next one's
 * checkpoint covers its entries.
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

/** One process at a time, and only for committed entries: a signed checkpoint is never withdrawn. */
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
  /** Chains the remaining lines, and ends. */
  close(): Promise<void>;
}

/**
 * Chains every few seconds, independently of Temporal. Any number of processes may run a sequencer; the database admits one at
 * a time. Lines that wait too long, or are removed while waiting, are logged as an error.
 */
export function runSequencer(
  deps: SequencerDeps & { log: { error(fields: object, message: string): void } },
  everyMs: number,
): RunningSequencer {
  let running: Promise<unknown> = Promise.resolve();
  const watch = watchLog(deps);
  const failed = (error: Error): Vouched => {
    deps.log.error({ errorName: error.name }, "chaining the audit log failed; retrying");
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
