import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import * as z from "zod";
import { Refusal } from "../../domain/refusal.ts";
import { type LinkDatasets, linkDatasets } from "../../protocol/link.ts";
import { registeredName } from "../../protocol/names.ts";
import { datasetsOf } from "../../registry/link/datasets.ts";
import { findParty } from "../../registry/party/parties.ts";
import { described, json, refused } from "../openapi/described.ts";

/** `GET /v1/parties/<id>/datasets`: a party's datasets for links, in both languages, with which an app can request a link. */
export function linkDatasetsRoute(server: FastifyInstance, { pool }: { pool: Pool }): void {
  server.get<{ Params: { partyId: string } }>(
    "/v1/parties/:partyId/datasets",
    described({
      summary: "The datasets that a party may give under a link",
      params: z.object({ partyId: z.string() }),
      response: { 200: json("The datasets, each with its purpose", linkDatasets), ...refused },
    }),
    async (request): Promise<LinkDatasets> => {
      const partyId = registeredName.safeParse(request.params.partyId);
      if (!partyId.success || !(await findParty(pool, partyId.data)))
        throw new Refusal({ code: "UNKNOWN_PARTY", detail: "No party of this name is registered." });
      return { datasets: await datasetsOf(pool, partyId.data) };
    },
  );
}
