import type { FastifyInstance } from "fastify";
import * as z from "zod";
import { listAuditLines } from "../../registry/console/audit-lines.ts";
import { listTroubled } from "../../registry/console/deliveries.ts";
import { chainStanding, crlStandings, detectionParts } from "../../registry/console/health.ts";
import { listEnrolments } from "../../registry/console/lifecycles.ts";
import { findCertificate, search } from "../../registry/console/search.ts";
import { readTimeline } from "../../registry/console/timeline.ts";
import { Refusal } from "../problems.ts";
import type { ConsoleDeps } from "./console.ts";
import { limit, position, read, timeCursor } from "./query.ts";
import { requirePermission } from "./session.ts";

const state = z.enum(["applied", "active", "superseded", "revoked", "ended"]);
const partyId = z.string().regex(/^[\x21-\x7e]{1,120}$/);
const uuidCursor = timeCursor.refine(({ id }) => z.uuid().safeParse(id).success);

/** What the console reads, below `/console/api`: ids, states and times; personal data is revealed elsewhere. */
export function lookupRoutes(server: FastifyInstance, deps: ConsoleDeps): void {
  const { pool, clock, settings } = deps;

  server.get("/console/api/lifecycles", async (request) => {
    await requirePermission(deps, request, "view");
    const shape = z.strictObject({
      limit,
      state: state.exactOptional(),
      party: partyId.optional(),
      before: uuidCursor.exactOptional(),
    });
    const { party, ...wanted } = read(shape, request.query);
    return listEnrolments(pool, { ...wanted, ...(party === undefined ? {} : { partyId: party }) });
  });

  server.get("/console/api/persons/:id/timeline", async (request) => {
    await requirePermission(deps, request, "view");
    const { id } = read(z.object({ id: z.uuid() }), request.params);
    const wanted = read(z.strictObject({ limit, before: timeCursor.exactOptional() }), request.query);
    return readTimeline(pool, id, wanted);
  });

  server.get("/console/api/search", async (request) => {
    await requirePermission(deps, request, "view");
    const { q } = read(z.strictObject({ q: z.string().trim().min(1).max(120) }), request.query);
    // Postgres holds no NUL; nothing is called that.
    return { found: q.includes("\0") ? [] : await search(pool, q) };
  });

  server.get("/console/api/certificates/:serial", async (request) => {
    await requirePermission(deps, request, "view");
    const serial = z.string().regex(/^(?:[0-9a-f]{2}){1,20}$/);
    const wanted = read(z.object({ serial }), request.params);
    const found = await findCertificate(pool, wanted.serial, clock());
    if (!found) throw new Refusal({ code: "NOT_FOUND", detail: "There is no certificate of this serial." });
    return { ...found, temporal: temporalLink(settings, `certificate/${found.enrolmentId}`) };
  });

  server.get("/console/api/deliveries", async (request) => {
    await requirePermission(deps, request, "view");
    const which = z.enum(["stuck", "dead-lettered"]);
    const shape = z.strictObject({ which, limit, after: position.exactOptional() });
    const { which: wanted, ...page } = read(shape, request.query);
    return listTroubled(pool, wanted, page);
  });

  server.get("/console/api/health", async (request) => {
    await requirePermission(deps, request, "view");
    const [crls, parts, chain, checkpoint] = await Promise.all([
      crlStandings(pool),
      detectionParts(pool),
      chainStanding(pool),
      deps.lastCheckpoint(),
    ]);
    return { crls, parts, chain, checkpoint: checkpoint ?? null };
  });

  server.get("/console/api/audit-lines", async (request) => {
    await requirePermission(deps, request, "read-audit");
    return listAuditLines(
      pool,
      read(z.strictObject({ limit, before: position.exactOptional() }), request.query),
    );
  });
}

/** Where the Temporal UI shows a lifecycle, or `null`. */
function temporalLink({ temporalUi }: ConsoleDeps["settings"], workflowId: string): string | null {
  if (!temporalUi) return null;
  return `${temporalUi.url}/namespaces/${encodeURIComponent(temporalUi.namespace)}/workflows/${encodeURIComponent(workflowId)}`;
}
