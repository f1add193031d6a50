import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { RelyingPartyClient } from "../../../client/relying-party/relying-party.ts";
import { type Acknowledgement, eventTypes } from "../../../protocol/events.ts";
import { addSecurityEvent } from "../../../registry/notification/security-events.ts";
import { firstRecord, makePerson, moved, type Person } from "../notification/people.ts";
import { makeWorld, rowOf, type World, withdraw } from "../notification/world.ts";
import type { PartyCaller } from "../openid/party-caller.ts";
import { type PartyGateway, startPartyGateway } from "../openid/party-gateway.ts";
import { learned } from "../recognition/learned.ts";

let gateway: PartyGateway;
let world: World;

beforeAll(async () => {
  gateway = await startPartyGateway();
  world = await makeWorld(gateway.registry.pool);
});
afterAll(async () => {
  await gateway?.close();
});

const clientOf = (party: PartyCaller): RelyingPartyClient =>
  new RelyingPartyClient({
    gateway: gateway.url,
    async token() {
      const accessToken = await party.token("attributes");
      return { accessToken, proof: (method, url) => party.proof(method, url, accessToken) };
    },
  });

/** A party with a person who has moved; asked for or not. */
async function withPerson(more: Parameters<typeof makePerson>[1] = {}) {
  const party = await gateway.party();
  const person = await makePerson(gateway.registry.pool, { partyId: party.partyId, ...more });
  return { party, person, ca: clientOf(party) };
}
const linesOf = async (consentId: string) =>
  (
    await gateway.registry.pool.query("select act, detail from audit_lines where subject = $1 order by id", [
      consentId,
    ])
  ).rows;
const refusal = (code: string) => expect.objectContaining({ name: "PartyRefusal", code });

test("fail/reading ends with the person's last enrolment at the party, though the consent is in force", async () => {
  const { person, ca } = await withPerson();
  await ca.attributes(person.consentId);
  await gateway.registry.pool.query("update enrolments set state = 'ended' where person_id = $1", [
    person.personId,
  ]);
  await expect(ca.attributes(person.consentId)).rejects.toEqual(refusal("CONSENT_NOT_IN_FORCE"));
});

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

describe("attributes", () => {
  test("ok/of the version the person last agreed to, only those consented, with a line in the audit", async () => {
    const { party, person, ca } = await withPerson();
    expect(await ca.attributes(person.consentId)).toEqual({
      sub: `pseudonym-${person.personId.slice(0, 8)}`,
      consentId: person.consentId,
      anchorVersion: 1,
      provenAt: expect.stringMatching(/^\d{4}-.*Z$/),
      attributes: {
        name: firstRecord.name,
        nameSubstitution: "",
        address: firstRecord.address,
        addressSubstitution: "",
        dateOfBirth: firstRecord.dateOfBirth,
      },
    });
    expect(await linesOf(person.consentId)).toEqual([
      {
        act: "attributes-disclosed",
        detail: {
          partyId: party.partyId,
          version: 1,
          read: expect.any(String),
          attributes: "name,address,dateOfBirth",
        },
      },
    ]);
    await world.confirmed(person);
    expect(await ca.attributes(person.consentId)).toMatchObject({
      anchorVersion: 2,
      attributes: { address: moved.address },
    });
  });

  test("ok/what was learned of the name is added, without a press; furigana for those who ask for it", async () => {
    const name = { name: "■　太郎", nameSubstitution: "1000" };
    const { person, ca, party } = await withPerson({ anchors: [{ ...firstRecord, ...name }] });
    const furigana = "ヤマダ　タロウ";
    const known = { name: "𠮷　太郎", nameSubstitution: "0000" };
    await learned(gateway.registry.pool, person.personId, { ...known, furigana });
    const { attributes } = await ca.attributes(person.consentId);
    expect(attributes).toMatchObject(known);
    expect(attributes).not.toHaveProperty("furigana");
    const asked = await ca.attributes(person.consentId, { furigana: true });
    expect(asked).toMatchObject({ anchorVersion: 1, attributes: { ...known, furigana } });
    for (const wrong of ["include=", "include=furigana,sex", "include=furigana&include=furigana"])
      expect((await party.call("GET", `/v1/attributes?consent=${person.consentId}&${wrong}`)).status).toBe(
        400,
      );
  });

  test("bad/no furigana without a consent to the name, however it is asked for", async () => {
    const { person, ca } = await withPerson({ attributes: ["address"] });
    await learned(gateway.registry.pool, person.personId, { ...firstRecord, furigana: "ヤマダ　タロウ" });
    const { attributes } = await ca.attributes(person.consentId, { furigana: true });
    expect(Object.keys(attributes)).toEqual(["address", "addressSubstitution"]);
  });

  test.each([["sex"], ["name"], ["dateOfBirth"]] as const)(
    "ok/a consent to %s gives nothing else",
    async (only) => {
      const { person, ca } = await withPerson({ attributes: [only] });
      const { attributes } = await ca.attributes(person.consentId);
      expect(Object.keys(attributes)).toEqual(only === "name" ? ["name", "nameSubstitution"] : [only]);
    },
  );

  test("fail/without a consent in force: withdrawn, over, of another party, of another kind, none: all alike", async () => {
    const { person: withdrawn, ca, party } = await withPerson();
    await withdraw(gateway.registry.pool, withdrawn);
    const over = await makePerson(gateway.registry.pool, { partyId: party.partyId });
    await gateway.registry.pool.query(
      "update consents set valid_until = now() - interval '1 hour' where id = $1",
      [over.consentId],
    );
    const { person: elsewhere } = await withPerson();
    const towardsRegister = randomUUID();
    await gateway.registry.pool.query(
      `insert into consents (id, person_id, kind, attributes, notice_sha256, state, revision, valid_from, valid_until,
         remind_at, register_state)
       select $1, person_id, 'register-refresh', attributes, notice_sha256, 'in-force', 1, valid_from,
         now() + interval '1 year', remind_at, 'held' from consents where id = $2`,
      [towardsRegister, over.consentId],
    );
    const none = randomUUID();
    const details = new Set<string>();
    for (const { consentId } of [
      withdrawn,
      over,
      elsewhere,
      { consentId: towardsRegister },
      { consentId: none },
    ]) {
      const answer = await party.call("GET", `/v1/attributes?consent=${consentId}`);
      expect({ status: answer.status, code: answer.body["code"] }).toEqual({
        status: 409,
        code: "CONSENT_NOT_IN_FORCE",
      });
      details.add(String(answer.body["detail"]));
      await expect(ca.attributes(consentId)).rejects.toEqual(refusal("CONSENT_NOT_IN_FORCE"));
      expect(await linesOf(consentId)).toEqual([]);
    }
    expect(details.size).toBe(1);
    // Twice each, by hand and by the SDK: one line of the day for the person to see.
    const { rows } = await gateway.registry.pool.query<{
      person_id: string;
      party_id: string;
      times: number;
    }>("select person_id, party_id, times from refused_reads where person_id = any($1)", [
      [withdrawn, over, elsewhere].map(({ personId }) => personId),
    ]);
    expect(rows.map(({ party_id, times }) => [party_id, times])).toEqual(
      Array.from({ length: 3 }, () => [party.partyId, 2]),
    );
  });

  test("fail/without the scope, or without saying of which consent", async () => {
    const { party, person } = await withPerson();
    const path = `/v1/attributes?consent=${person.consentId}`;
    expect((await party.call("GET", path, undefined, { scope: "ssf" })).status).toBe(401);
    for (const wrong of ["/v1/attributes", "/v1/attributes?consent=x", `${path}&party=other`])
      expect((await party.call("GET", wrong)).status).toBe(400);
  });
});

describe("an acknowledgement", () => {
  const applied = ({ consentId }: Person, more: Partial<Acknowledgement> = {}): Acknowledgement => ({
    consentId,
    anchorVersion: 2,
    outcome: "applied",
    ...more,
  });

  test("ok/kept once, however often it is said, and the lifecycle hears of it", async () => {
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

  test("ok/after a withdrawal too, of what was told before it", async () => {
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

  test("ok/of what the consent itself told of, which belongs to no notification", async () => {
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

  test("fail/another word about the same version", async () => {
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

  test("fail/of what was never told: not asked, not confirmed, declined, another version, cancelled", async () => {
    const { person, ca } = await withPerson();
    const unexpected = () =>
      expect(ca.acknowledge(applied(person))).rejects.toEqual(refusal("ACKNOWLEDGEMENT_UNEXPECTED"));
    await unexpected();
    const { notificationId } = await world.opened(person);
    await unexpected();
    await world.activities.recordAnswer(await world.stored(person, notificationId, { decision: "decline" }));
    await unexpected();

    const other = await withPerson();
    const told = await world.confirmed(other.person);
    await expect(other.ca.acknowledge(applied(other.person, { anchorVersion: 3 }))).rejects.toEqual(
      refusal("ACKNOWLEDGEMENT_UNEXPECTED"),
    );
    await withdraw(gateway.registry.pool, other.person);
    await world.activities.closeNotification({ notificationId: told.notificationId, why: "cancelled" });
    await expect(other.ca.acknowledge(applied(other.person))).rejects.toEqual(
      refusal("ACKNOWLEDGEMENT_UNEXPECTED"),
    );
    expect((await rowOf(gateway.registry.pool, "notifications", told.notificationId)).delivery).toBe(
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
      401,
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

test("ok/handing over and acknowledging in the same moment, without a deadlock", async () => {
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

test("fail/an answer that is not the CA's is told apart from a refusal", async () => {
  const ca = new RelyingPartyClient({
    gateway: "http://127.0.0.1:9",
    token: async () => ({ accessToken: "x", proof: async () => "x" }),
  });
  await expect(ca.attributes(randomUUID())).rejects.toHaveProperty("name", "AuthorityUnreachable");
});
