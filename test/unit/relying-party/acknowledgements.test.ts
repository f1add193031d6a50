import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "@jest/globals";
import { RelyingPartyClient } from "../../../client/relying-party/relying-party.ts";
import { type Acknowledgement, eventTypes } from "../../../protocol/events.ts";
import { addSecurityEvent } from "../../../registry/notification/security-events.ts";
import { type Person } from "../notification/people.ts";
import { rowOf, withdraw } from "../notification/world.ts";
import { clientOf, gateway, linesOf, refusal, serveParties, withPerson, world } from "./party-readers.ts";

serveParties();

test("ok/an acknowledgement whose answer is lost is sent a second time, under the same key", async () => {
  const keys: unknown[] = [];
  const server = createServer((request, response) => {
    keys.push(request.headers["idempotency-key"]);
    if (keys.length === 1) request.socket.destroy();
    else response.setHeader("content-type", "application/json").end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const token = async () => ({ accessToken: "token", proof: async () => "proof" });
  const ca = new RelyingPartyClient({ gateway: `http://127.0.0.1:${port}`, token });
  await ca.acknowledge({ consentId: randomUUID(), anchorVersion: 1, outcome: "applied" });
  expect(keys).toEqual([expect.stringMatching(/^"[\w-]{36}"$/), keys[0]]);
  server.close();
});

describe("an acknowledgement", () => {
  const applied = ({ consentId }: Person, more: Partial<Acknowledgement> = {}): Acknowledgement => ({
    consentId,
    anchorVersion: 2,
    outcome: "applied",
    ...more,
  });

  test("ok/is stored once, however often it is sent, and the lifecycle is signalled", async () => {
    const { person, ca } = await withPerson();
    const { notificationId } = await world.confirmed(person);
    await Promise.all([1, 2, 3, 4].map(() => ca.acknowledge(applied(person, { reason: "book-7" }))));
    expect(await rowOf(gateway.registry.pool, "notifications", notificationId)).toMatchObject({
      delivery: "acknowledged",
      acknowledgement: { outcome: "applied", reason: "book-7" },
    });
    const acts = (await linesOf(notificationId)).map(({ act }) => act);
    expect(acts.filter((act) => act === "notification-acknowledged")).toHaveLength(1);
    expect(gateway.moved).toContain(`${person.consentId}/2`);
  });

  test("ok/is accepted after a withdrawal, for an event delivered before it", async () => {
    const { person, ca } = await withPerson();
    await world.streamOf(person);
    const { jti, notificationId } = await world.confirmed(person);
    await world.activities.deliverEvent({ jti });
    await withdraw(gateway.registry.pool, person);
    await ca.acknowledge(applied(person, { outcome: "rejected" }));
    expect((await rowOf(gateway.registry.pool, "notifications", notificationId)).delivery).toBe(
      "acknowledged",
    );
  });

  test("ok/is accepted for an event of the consent itself, without a notification", async () => {
    const { person, ca, party } = await withPerson();
    const announced = (version: number, partyId = party.partyId) =>
      addSecurityEvent(gateway.registry.pool, {
        jti: randomUUID(),
        partyId,
        event: eventTypes.attributesChanged,
        subject: "someone",
        consentId: person.consentId,
        claims: { consent_id: person.consentId, anchor_version: version },
      });
    const moved = gateway.moved.length;
    await expect(ca.acknowledge(applied(person, { anchorVersion: 1 }))).rejects.toEqual(
      refusal("ACKNOWLEDGEMENT_UNEXPECTED"),
    );
    await announced(1);
    await ca.acknowledge(applied(person, { anchorVersion: 1 }));
    await ca.acknowledge(applied(person, { anchorVersion: 1, outcome: "manual-review" }));
    expect(gateway.moved).toHaveLength(moved);
    // The press for another attribute of the same version was acknowledged before.
    await world.confirmed(person);
    await ca.acknowledge(applied(person));
    await announced(2);
    await ca.acknowledge(applied(person, { outcome: "manual-review" }));
    await gateway.registry.pool.query(
      "update security_events set state = 'cancelled' where consent_id = $1",
      [person.consentId],
    );
    await expect(ca.acknowledge(applied(person, { anchorVersion: 1 }))).rejects.toEqual(
      refusal("ACKNOWLEDGEMENT_UNEXPECTED"),
    );
  });

  test("fail/another acknowledgement of the same version", async () => {
    const { person, ca } = await withPerson();
    const { notificationId } = await world.confirmed(person);
    await ca.acknowledge(applied(person));
    for (const other of [{ outcome: "rejected" }, { reason: "later" }] as const)
      await expect(ca.acknowledge(applied(person, other))).rejects.toEqual(
        refusal("ACKNOWLEDGEMENT_UNEXPECTED"),
      );
    expect((await rowOf(gateway.registry.pool, "notifications", notificationId)).acknowledgement).toEqual({
      outcome: "applied",
    });
  });

  test("fail/without a delivered event: not asked, not confirmed, declined, another version, cancelled", async () => {
    const { person, ca } = await withPerson();
    const unexpected = () =>
      expect(ca.acknowledge(applied(person))).rejects.toEqual(refusal("ACKNOWLEDGEMENT_UNEXPECTED"));
    await unexpected();
    const { notificationId } = await world.opened(person);
    await unexpected();
    await world.activities.recordAnswer(await world.stored(person, notificationId, { decision: "decline" }));
    await unexpected();

    const other = await withPerson();
    const confirmed = await world.confirmed(other.person);
    await expect(other.ca.acknowledge(applied(other.person, { anchorVersion: 3 }))).rejects.toEqual(
      refusal("ACKNOWLEDGEMENT_UNEXPECTED"),
    );
    await withdraw(gateway.registry.pool, other.person);
    await world.activities.closeNotification({ notificationId: confirmed.notificationId, why: "cancelled" });
    await expect(other.ca.acknowledge(applied(other.person))).rejects.toEqual(
      refusal("ACKNOWLEDGEMENT_UNEXPECTED"),
    );
    expect((await rowOf(gateway.registry.pool, "notifications", confirmed.notificationId)).delivery).toBe(
      "cancelled",
    );
  });

  test("fail/forged: of another party, or without a good token", async () => {
    const { party, person } = await withPerson();
    const { notificationId } = await world.confirmed(person);
    const other = await gateway.party();
    await expect(clientOf(other).acknowledge(applied(person))).rejects.toEqual(
      refusal("ACKNOWLEDGEMENT_UNEXPECTED"),
    );
    expect((await party.call("POST", "/v1/acknowledgements", applied(person), { scope: "ssf" })).status).toBe(
      403,
    );
    const token = await party.token();
    const stolen = await other.proof("POST", `${gateway.url}/v1/acknowledgements`, token);
    const sent = await other.send("POST", "/v1/acknowledgements", { token, proof: stolen }, applied(person));
    expect(sent.status).toBe(401);
    expect((await rowOf(gateway.registry.pool, "notifications", notificationId)).acknowledgement).toBeNull();
  });

  test("fail/of another shape, such as a reason in free text", async () => {
    const { party, person } = await withPerson();
    for (const wrong of [
      { reason: "住所が違う" },
      { outcome: "done" },
      { anchorVersion: 0 },
      { note: "x" },
    ]) {
      const answer = await party.call("POST", "/v1/acknowledgements", { ...applied(person), ...wrong });
      expect(answer.status).toBe(400);
    }
  });
});

test("ok/delivery and acknowledgement at the same moment, without a deadlock", async () => {
  for (let round = 0; round < 12; round += 1) {
    const { person, ca } = await withPerson();
    await world.streamOf(person);
    const { jti, notificationId } = await world.confirmed(person);
    await Promise.all([
      world.activities.deliverEvent({ jti }),
      ca.acknowledge({ consentId: person.consentId, anchorVersion: 2, outcome: "applied" }),
    ]);
    expect((await rowOf(gateway.registry.pool, "notifications", notificationId)).delivery).toBe(
      "acknowledged",
    );
  }
});
