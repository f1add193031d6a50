import { afterAll, beforeAll, expect } from "@jest/globals";
import { RelyingPartyClient } from "../../../client/relying-party/relying-party.ts";
import { makePerson } from "../notification/people.ts";
import { makeWorld, type World } from "../notification/world.ts";
import type { PartyCaller } from "../openid/party-caller.ts";
import { type PartyGateway, startPartyGateway } from "../openid/party-gateway.ts";

export let gateway: PartyGateway;
export let world: World;

export function serveParties(): void {
  beforeAll(async () => {
    gateway = await startPartyGateway();
    world = await makeWorld(gateway.registry.pool);
  });
  afterAll(async () => {
    await gateway?.close();
  });
}

export const clientOf = (party: PartyCaller): RelyingPartyClient =>
  new RelyingPartyClient({
    gateway: gateway.url,
    async token() {
      const accessToken = await party.token("attributes");
      return { accessToken, proof: (method, url) => party.proof(method, url, accessToken) };
    },
  });

/** A party with a person who has moved; asked for or not. */
export async function withPerson(more: Parameters<typeof makePerson>[1] = {}) {
  const party = await gateway.party();
  const person = await makePerson(gateway.registry.pool, { partyId: party.partyId, ...more });
  return { party, person, ca: clientOf(party) };
}
export const linesOf = async (consentId: string) =>
  (
    await gateway.registry.pool.query("select act, detail from audit_lines where subject = $1 order by id", [
      consentId,
    ])
  ).rows;
export const refusal = (code: string) => expect.objectContaining({ name: "PartyRefusal", code });
