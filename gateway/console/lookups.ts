import type { FastifyInstance } from "fastify";
import * as z from "zod";
import { chainStanding } from "../../domain/audit/standing.ts";
import { Refusal } from "../../domain/refusal.ts";
import { recentJlisCalls } from "../../registry/change-detection/jlis-calls.ts";
import { listAuditLines } from "../../registry/console/audit-lines.ts";
import { listTroubled } from "../../registry/console/deliveries.ts";
import { crlStandings, detectionParts } from "../../registry/console/health.ts";
import { listedKinds, listLifecycles } from "../../registry/console/lifecycles.ts";
import { findCertificate, search } from "../../registry/console/search.ts";
import { readTimeline } from "../../registry/console/timeline.ts";
import type { ConsoleDeps } from "./console.ts";
import { limit, position, read, timeCursor } from "./query.ts";
import { requirePermission } from "./session.ts";
import { type Linked, temporalLink } from "./temporal-link.ts";

const state = z.string().regex(/^[a-z-]{1,32}$/);
const partyId = z.string().regex(/^[\x21-\x7e]{1,120}$/);
/** Days for which billed J-LIS calls are shown. */
const shownDays = 31;
const uuidCursor = timeCursor.refine(({ id }) => z.uuid().safeParse(id).success);

/** Read access of the console, below `/console/api`: ids, states and times; personal data is revealed elsewhere. */
export function lookupRoutes(server: FastifyInstance, deps: ConsoleDeps): void {
  const { pool, clock, settings } = deps;
  const link = (linked: Linked) => temporalLink(settings, linked);

  server.get("/console/api/lifecycles", async (request) => {
    await requirePermission(deps, request, "view");
    const shape = z.strictObject({
      limit,
      kind: z.enum(listedKinds).default("issuance"),
      state: state.exactOptional(),
      party: partyId.optional(),
      before: uuidCursor.exactOptional(),
    });
    const { kind, party, ...wanted } = read(shape, request.query);
    const ofParty = party === undefined ? {} : { partyId: party };
    const page = await listLifecycles(pool, kind, { ...wanted, ...ofParty });
    return { ...page, rows: page.rows.map((row) => ({ ...row, temporal: link({ kind, ...row }) })) };
  });

  server.get("/console/api/persons/:id/timeline", async (request) => {
    await requirePermission(deps, request, "view");
    const { id } = read(z.object({ id: z.uuid() }), request.params);
    const wanted = read(z.strictObject({ limit, before: timeCursor.exactOptional() }), request.query);
    const page = await readTimeline(pool, id, wanted);
    return { ...page, rows: page.rows.map((row) => ({ ...row, temporal: link(row) })) };
  });

  server.get("/console/api/search", async (request) => {
    await requirePermission(deps, request, "view");
    const { q } = read(z.strictObject({ q: z.string().trim().min(1).max(120) }), request.query);
    // Postgres text cannot contain NUL, so nothing has such a name.
    return { found: q.includes("\0") ? [] : await search(pool, q) };
  });

  server.get("/console/api/certificates/:serial", async (request) => {
    await requirePermission(deps, request, "view");
    const serial = z.string().regex(/^(?:[0-9a-f]{2}){1,20}$/);
    const wanted = read(z.object({ serial }), request.params);
    const found = await findCertificate(pool, wanted.serial, clock());
    if (!found) throw new Refusal({ code: "NOT_FOUND", detail: "There is no certificate of this serial." });
    return {
      ...found,
      temporal: link({ kind: "certificate", id: found.serial, enrolmentId: found.enrolmentId }),
    };
  });

  server.get("/console/api/deliveries", async (request) => {
    await requirePermission(deps, request, "view");
    const which = z.enum(["stuck", "dead-lettered"]);
    const shape = z.strictObject({ which, limit, after: position.exactOptional() });
    const { which: wanted, ...page } = read(shape, request.query);
    const found = await listTroubled(pool, wanted, page);
    const rows = found.rows.map((row) => ({
      ...row,
      temporal: link({ kind: "delivery", id: row.jti, ...row }),
    }));
    return { ...found, rows };
  });

  server.get("/console/api/health", async (request) => {
    await requirePermission(deps, request, "view");
    const [generations, crls, chain, checkpoint] = await Promise.all([
      deps.generations(),
      crlStandings(pool),
      chainStanding(pool),
      deps.lastCheckpoint(),
    ]);
    return { generations, crls, chain, checkpoint: checkpoint ?? null };
  });

  server.get("/console/api/change-detection", async (request) => {
    await requirePermission(deps, request, "view");
    const [parts, calls] = await Promise.all([detectionParts(pool), recentJlisCalls(pool, shownDays)]);
    return { parts, calls };
  });

  server.get("/console/api/audit-lines", async (request) => {
    await requirePermission(deps, request, "read-audit");
    return listAuditLines(
      pool,
      read(z.strictObject({ limit, before: position.exactOptional() }), request.query),
    );
  });
}
