import type { FastifyInstance } from "fastify";
import * as z from "zod";
import { isInForce, stateAt } from "../../domain/consent/in-force.ts";
import { malformed, Refusal } from "../../domain/refusal.ts";
import {
  type LinkToken,
  linkToken,
  linkTokenSeconds,
  type PartyLink,
  partyLinks,
} from "../../protocol/link.ts";
import { cursor } from "../../protocol/list-page.ts";
import { audit } from "../../registry/audit/lines.ts";
import { transaction } from "../../registry/database.ts";
import { linksOf, lockLinkOfSide } from "../../registry/link/links.ts";
import { byParty, described, json, refused } from "../openapi/described.ts";
import { makeLinkToken } from "../openid/link-token.ts";
import { type PartyTokenDeps, requireParty } from "../openid/party-token.ts";
import type { TokenKey } from "../openid/signing-key.ts";

export interface LinksDeps extends PartyTokenDeps {
  tokenKeys: readonly TokenKey[];
  clock: () => Date;
}

/** The page size; a header (RFC 8288), which older programs can ignore, links to the next page. */
const mostShown = 500;
const question = z.object({ after: cursor.optional() });

/**
 * `GET /v1/links`: a party's links, by its own ids; those in force first. `Link: <…>; rel="next"` is the next page.
 * `POST /v1/links/<linkId>/tokens`: a token with which the receiving party requests data from the giving one. The person's
 * consent is checked in the transaction that answers: after a withdrawal no token is given.
 */
export function linksRoutes(server: FastifyInstance, deps: LinksDeps): void {
  server.get(
    "/v1/links",
    described({
      ...byParty("links"),
      summary: "The party's links, those in force first; the header `Link` has the next page",
      querystring: question,
      response: { 200: json("The links", partyLinks), ...refused },
    }),
    async (request, reply): Promise<z.infer<typeof partyLinks>> => {
      const { partyId } = await requireParty(deps, request, "links");
      const now = deps.clock();
      const asked = question.safeParse(request.query);
      if (!asked.success) throw malformed("The query does not match its schema", asked.error);
      const { rows, next } = await linksOf(deps.pool, partyId, { after: asked.data.after, limit: mostShown });
      if (next !== undefined) reply.header("link", `<${deps.publicUrl}/v1/links?after=${next}>; rel="next"`);
      const links = rows.map((link): PartyLink => {
        const gives = link.fromPartyId === partyId;
        const { dataset, purpose, counterpart, sub, validUntil } = link;
        return {
          sub,
          counterpart,
          dataset,
          purpose,
          linkId: gives ? link.fromLinkId : link.toLinkId,
          linkSubject: gives ? link.fromSubject : link.toSubject,
          role: gives ? "gives" : "receives",
          state: stateAt(link, now),
          validUntil: validUntil.toISOString(),
        };
      });
      return partyLinks.parse({ links });
    },
  );

  server.post<{ Params: { linkId: string } }>(
    "/v1/links/:linkId/tokens",
    described({
      ...byParty("links"),
      summary: "A token with which the receiving party of a link requests data from the giving one",
      params: z.object({ linkId: z.uuid() }),
      response: { 200: json("The token", linkToken), ...refused },
    }),
    async (request): Promise<LinkToken> => {
      const { partyId, clientId, jkt } = await requireParty(deps, request, "links");
      const linkId = z.uuid().safeParse(request.params.linkId);
      const now = deps.clock();
      return transaction(deps.pool, async (connection) => {
        const link = linkId.success
          ? await lockLinkOfSide(connection, "to", { linkId: linkId.data, partyId })
          : undefined;
        // A link of another party, or under which this party only gives, is indistinguishable from not found.
        if (!link || !isInForce(link, now))
          throw new Refusal({
            code: "CONSENT_NOT_IN_FORCE",
            detail: "No link of this id, under which this party receives, is in force.",
          });
        const [key] = deps.tokenKeys;
        if (!key) throw new Error("No token-signing key is configured.");
        await audit(connection, "link-token-given", link.id, { partyId });
        const token = await makeLinkToken({ publicUrl: deps.publicUrl, key, now }, link, { clientId, jkt });
        return { token, expiresIn: linkTokenSeconds };
      });
    },
  );
}
