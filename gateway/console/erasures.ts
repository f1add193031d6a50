import type { FastifyInstance } from "fastify";
import { openErasures } from "../../registry/person-page/erasure.ts";
import type { ConsoleDeps } from "./console.ts";
import { requirePermission } from "./session.ts";

/** Requests shown at most; the oldest are first, and what is done makes room. */
const mostShown = 200;

/**
 * What persons asked on the CA's own page to have erased: ids only. Operators do it by hand; that it is done, or is not, two of
 * them say (`close-erasure`).
 */
export function erasureRoutes(server: FastifyInstance, deps: ConsoleDeps): void {
  server.get("/console/api/erasures", async (request) => {
    await requirePermission(deps, request, "view");
    return { rows: await openErasures(deps.pool, mostShown) };
  });
}
