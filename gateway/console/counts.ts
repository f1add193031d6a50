import type { FastifyInstance } from "fastify";
import { Refusal } from "../../domain/refusal.ts";
import { type LifecycleCount, readCounts } from "../../registry/console/counts.ts";
import type { ConsoleDeps } from "./console.ts";
import { LiveCounts } from "./live-counts.ts";
import { requirePermission } from "./session.ts";

const maxViewers = 200;
/** Proxies close an idle stream; a comment line keeps it open. */
const heartbeatMs = 20_000;

/** `GET /console/api/counts` once, `/console/api/counts/live` as server-sent events (HTML standard §9.2). */
export function countsRoutes(server: FastifyInstance, deps: ConsoleDeps): void {
  const live = new LiveCounts(deps.pool, deps.settings.countsMs);
  const open = new Set<() => void>();
  server.addHook("preClose", async () => {
    live.close();
    for (const end of open) end();
  });

  server.get("/console/api/counts", async (request) => {
    await requirePermission(deps, request, "view");
    return { counts: await readCounts(deps.pool) };
  });

  server.get("/console/api/counts/live", async (request, reply) => {
    const { expiresAt } = await requirePermission(deps, request, "view");
    if (live.viewers >= maxViewers)
      throw new Refusal({ code: "TRY_AGAIN", detail: "This gateway has too many viewers." });
    const counts = await readCounts(deps.pool);
    reply.hijack();
    const { raw } = reply;
    // The client has closed the connection meanwhile: no event would report it.
    if (raw.destroyed || request.raw.destroyed) return;
    raw.writeHead(200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      // Closes the connection with the stream, so that a stopping gateway need not wait for an idle one.
      connection: "close",
    });
    const say = (now: LifecycleCount[]) => raw.write(`event: counts\ndata: ${JSON.stringify(now)}\n\n`);
    const unwatch = live.watch(say);
    const heartbeat = setInterval(() => raw.write(":\n\n"), heartbeatMs);
    const end = () => raw.end();
    // A stream ends with the session it was opened in.
    const over = setTimeout(end, Math.max(0, expiresAt.getTime() - deps.clock().getTime()));
    open.add(end);
    raw.on("close", () => {
      unwatch();
      open.delete(end);
      clearInterval(heartbeat);
      clearTimeout(over);
    });
    say(counts);
  });
}
