import type { FastifyBaseLogger } from "fastify";

/**
 * Runs a task at once and then at intervals, never concurrently; a failure is logged and the next run follows. Returns a
 * function that stops it and resolves when no run is active.
 */
export function repeat(
  everyMs: number,
  what: string,
  work: () => Promise<void>,
  log: Pick<FastifyBaseLogger, "error">,
): () => Promise<void> {
  let underWay: Promise<void> | undefined;
  const turn = () => {
    underWay ??= work()
      .catch((error: unknown) => {
        log.error({ reason: error instanceof Error ? error.message : String(error) }, `${what} failed.`);
      })
      .finally(() => {
        underWay = undefined;
      });
  };
  turn();
  const timer = setInterval(turn, everyMs).unref();
  return async () => {
    clearInterval(timer);
    await underWay;
  };
}
