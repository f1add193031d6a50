import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { PartyRefusal } from "../../../client/relying-party/authority-call.ts";
import { OwnInterfaceClient } from "../../../client/relying-party/own-interface.ts";
import { eventTypes } from "../../../protocol/events.ts";
import { addSecurityEvent } from "../../../registry/notification/security-events.ts";
import { PartyCaller } from "../openid/party-caller.ts";
import { namedKey, type PartyGateway, startPartyGateway } from "../openid/party-gateway.ts";

let gateway: PartyGateway;
beforeAll(async () => {
  gateway = await startPartyGateway();
});
afterAll(async () => {
  await gateway?.close();
});

const clientOf = (party: PartyCaller) =>
  new OwnInterfaceClient({
    gateway: gateway.url,
    async token() {
      const accessToken = await party.token("party");
      return { accessToken, proof: (method, url) => party.proof(method, url, accessToken) };
    },
  });

test("ok/the party, its keys, events and reads; an event again", async () => {
  const party = await gateway.party();
  const own = clientOf(party);
  expect(await own.about()).toMatchObject({ party: party.partyId, generations: [{ id: "g1" }] });
  const jti = randomUUID();
  await addSecurityEvent(gateway.registry.pool, {
    jti,
    partyId: party.partyId,
    event: eventTypes.credentialChange,
    subject: "somebody",
    claims: {},
  });
  expect(await own.events()).toMatchObject({ events: [{ jti }] });
  await gateway.registry.pool.query("update security_events set state = 'dead-lettered' where jti = $1", [
    jti,
  ]);
  expect(await own.events({ state: "dead-lettered", limit: 1 })).toMatchObject({ events: [{ jti }] });
  expect(await own.replay({ jti })).toEqual({ jtis: [jti], more: false });
  expect(await own.reads({ sub: "somebody" })).toEqual({ reads: [] });
});

test("ok/a key is added, ended and removed with its successor; fail/removed with itself", async () => {
  const party = await gateway.party();
  const own = clientOf(party);
  const key = await namedKey("next", "ES256");
  const { keys } = await own.addKey({ ...key.publicJwk, kty: "EC", kid: "next" }, new Date("2099-01-01"));
  const [old, next] = keys;
  expect(next).toMatchObject({ kid: "next", expiresAt: "2099-01-01T00:00:00.000Z" });
  expect((await own.setKeyExpiry(next!.thumbprint, null)).keys[1]).not.toHaveProperty("expiresAt");
  await expect(own.removeKey(old!.thumbprint)).rejects.toMatchObject({ code: "CLIENT_KEY_NEEDED" });
  await expect(own.removeKey("A".repeat(43))).rejects.toThrow(PartyRefusal);
  const successor = clientOf(
    new PartyCaller({ url: party.url, partyId: party.partyId, clientId: party.clientId, key }),
  );
  expect((await successor.removeKey(old!.thumbprint)).keys).toMatchObject([{ kid: "next" }]);
  expect(await successor.keys()).toMatchObject({ keys: [{ kid: "next", current: true }] });
});
