import type { FastifyInstance } from "fastify";
import { openErasures } from "../../registry/person-page/erasure.ts";
import type { ConsoleDeps } from "./console.ts";
import { requirePermission } from "./session.ts";

/** The most requests shown, oldest first. */
const mostShown = 200;

/**
 * Requests for erasure from the person page: ids only. Operators erase by hand, and two of them record the outcome
 * (`close-erasure`).
 */
export function erasureRoutes(server: FastifyInstance, deps: ConsoleDeps): void {
  server.get("/console/api/erasures", async (request) => {
    await requirePermission(deps, request, "view");
    return { rows: await openErasures(deps.pool, mostShown) };
  });
}
