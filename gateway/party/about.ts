import type { FastifyInstance } from "fastify";
import { audienceOf } from "../../protocol/events.ts";
import { issuerUrl } from "../../protocol/issuer.ts";
import type { AboutParty } from "../../protocol/own-interface.ts";
import { json } from "../openapi/described.ts";
import type { OwnInterfaceDeps } from "./deps.ts";
import { documented } from "./documented.ts";
import { own, requireOwnParty } from "./own-party.ts";

/** `GET /v1/party`: who calls, and where the CA's issuers, certificates and CRLs are. */
export function aboutPartyRoute(server: FastifyInstance, deps: OwnInterfaceDeps): void {
  const { publicUrl, authority } = deps;
  server.get(
    "/v1/party",
    own({
      summary: "The calling party, and the addresses of the CA",
      response: { 200: json("The party, and the addresses of the CA", documented.aboutParty) },
    }),
    async (request): Promise<AboutParty> => {
      const { partyId, clientId } = await requireOwnParty(deps, request);
      return {
        party: partyId,
        client: clientId,
        audience: audienceOf(partyId),
        issuers: { openid: issuerUrl(publicUrl, "openid"), oidc: issuerUrl(publicUrl, "oidc") },
        ocsp: authority.ocsp,
        generations: await authority.generations(),
      };
    },
  );
}
