import type { Clerk } from "./clerk.ts";
import type { Faults } from "./faults.ts";
import { backoff, startLoop } from "./loop.ts";
import type { Poller } from "./poller.ts";

export interface WorkOptions {
  connect: () => Promise<unknown>;
  /** Absent when events are pushed. */
  poller: Poller | undefined;
  clerk: Clerk;
  faults: Faults;
  pollEveryMs: number;
  retryEveryMs: number;
  log: (line: string) => void;
  closing: AbortSignal;
}

/** The bank's background work: connect once, poll, process events. Paused while the bank is down. */
export interface Work {
  /** Something may be possible now that was not: all loops continue. */
  ring(): void;
  /** The bank has its stream: polling may start. */
  connected(): void;
  /** An event was stored. */
  wakeClerk(): void;
  /** Resolves when all has stopped, after `closing`. */
  ended: Promise<unknown>;
}

/** Consecutive failures that are not logged: the CA may start after the bank. */
const quietFailures = 8;

/** Starts the bank's background work, until `closing`. */
export function startWork(options: WorkOptions): Work {
  const { connect, poller, clerk, faults, pollEveryMs, retryEveryMs, log, closing } = options;
  let connected = false;

  const start = (what: string, round: () => Promise<number | undefined>) => {
    const waits = backoff(retryEveryMs);
    let failures = 0;
    return startLoop({
      closing,
      round: async () => {
        if (faults.down) return undefined;
        const next = await round();
        waits.reset();
        failures = 0;
        return next;
      },
      failed: (error) => {
        failures += 1;
        if (failures === quietFailures)
          log(
            `ABC Bank cannot ${what}, and keeps trying: ${error instanceof Error ? error.message : "unknown"}`,
          );
        return waits.next();
      },
    });
  };

  const clerkRetries = backoff(retryEveryMs);
  const clerks = start("work off its events", async () => {
    if (await clerk.round()) return clerkRetries.next();
    clerkRetries.reset();
    return undefined;
  });
  const pollers = start("poll for events", async () => {
    const came = await poller?.poll();
    if (came === undefined) return undefined;
    if (came > 0) clerks.ring();
    return came > 0 ? 0 : pollEveryMs;
  });
  const connectors = start("connect to the CA", async () => {
    if (connected) return undefined;
    await connect();
    return undefined;
  });

  const loops = [connectors, pollers, clerks];
  return {
    connected: () => {
      connected = true;
      pollers.ring();
    },
    ring: () => {
      for (const loop of loops) loop.ring();
    },
    wakeClerk: () => clerks.ring(),
    ended: Promise.all(loops.map(({ ended }) => ended)),
  };
}
