import type { FastifyInstance } from "fastify";
import * as z from "zod";
import { audit } from "../../registry/audit.ts";
import { transaction } from "../../registry/database.ts";
import { finishErasure, openErasures } from "../../registry/person-page/erasure.ts";
import { Refusal } from "../problems.ts";
import type { ConsoleDeps } from "./console.ts";
import { read } from "./query.ts";
import { requirePermission } from "./session.ts";

/** Requests shown at most; the oldest are first, and what is done makes room. */
const mostShown = 200;

/** What persons asked on the CA's own page to have erased. Operators do it by hand and say so: ids only. */
export function erasureRoutes(server: FastifyInstance, deps: ConsoleDeps): void {
  server.get("/console/api/erasures", async (request) => {
    await requirePermission(deps, request, "view");
    return { rows: await openErasures(deps.pool, mostShown) };
  });

  server.post("/console/api/erasures/:id/done", async (request) => {
    const { operator: by } = await requirePermission(deps, request, "propose");
    const { id } = read(z.object({ id: z.uuid() }), request.params);
    const { record } = read(
      z.strictObject({ record: z.string().regex(/^[\x21-\x7e]{1,120}$/) }),
      request.body,
    );
    await transaction(deps.pool, async (connection) => {
      if (!(await finishErasure(connection, id, deps.clock())))
        throw new Refusal({ code: "NOT_FOUND", detail: "No request for erasure of this id is open." });
      await audit(connection, "erasure-done", id, { by, record });
    });
    return { id };
  });
}
