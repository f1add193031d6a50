import type { FastifyBaseLogger } from "fastify";

/**
 * Does something at once and then every so often, never twice at a time; a failure is logged and the next turn comes.
 * Returns how to end it: resolves when nothing goes on any more.
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
