import type { FastifyInstance } from "fastify";
import { type OwnReads, ownReadsAsked } from "../../protocol/own-interface.ts";
import { type PartyRead, partyReads } from "../../registry/attribute-record/party-reads.ts";
import { json } from "../openapi/described.ts";
import type { OwnInterfaceDeps } from "./deps.ts";
import { documented } from "./documented.ts";
import { own, read, requireOwnParty, sealedCursors } from "./own-party.ts";

/** How far back a party sees its reads, milliseconds. */
const backMs = 30 * 86_400_000;

/** `GET /v1/party/reads`: what the party read of whom, without values, newest first. */
export function partyReadsRoute(server: FastifyInstance, deps: OwnInterfaceDeps): void {
  server.get(
    "/v1/party/reads",
    own({
      summary: "The party's reads of attributes in the last 30 days, without values",
      querystring: ownReadsAsked,
      response: { 200: json("A page of reads", documented.ownReads) },
    }),
    async (request): Promise<OwnReads> => {
      const { partyId } = await requireOwnParty(deps, request);
      const { sub: pseudonym, after, limit } = read(ownReadsAsked, request.query);
      const cursors = sealedCursors(deps.sealer, { list: "reads", partyId });
      const since = new Date(deps.clock().getTime() - backMs);
      const wanted = { after: cursors.open(after), limit };
      const { rows, next } = await partyReads(deps.pool, { partyId, since, pseudonym }, wanted);
      return { reads: rows.map(shown), ...cursors.show(next) };
    },
  );
}

const shown = ({ pseudonym, version, attributes, asked, readAt, lastReadAt, ...row }: PartyRead) => ({
  sub: pseudonym,
  consentId: row.consentId,
  anchorVersion: version,
  way: row.way,
  ...(asked === null ? {} : { asked }),
  given: attributes,
  at: readAt.toISOString(),
  times: row.times,
  lastAt: (lastReadAt ?? readAt).toISOString(),
});
