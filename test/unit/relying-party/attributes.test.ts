import { randomUUID } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { RelyingPartyClient } from "../../../client/relying-party/relying-party.ts";
import { firstRecord, makePerson, moved } from "../notification/people.ts";
import { withdraw } from "../notification/world.ts";
import { learned } from "../recognition/learned.ts";
import { gateway, linesOf, refusal, serveParties, withPerson, world } from "./party-readers.ts";

serveParties();

test("fail/reading ends with the person's last enrolment at the party, though the consent is in force", async () => {
  const { person, ca } = await withPerson();
  await ca.attributes(person.consentId);
  await gateway.registry.pool.query("update enrolments set state = 'ended' where person_id = $1", [
    person.personId,
  ]);
  await expect(ca.attributes(person.consentId)).rejects.toEqual(refusal("CONSENT_NOT_IN_FORCE"));
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

  test("ok/additions to the name are included without an answer; furigana where it is asked for", async () => {
    const name = { name: "■　太郎", nameSubstitution: "1000" };
    const { person, ca, party } = await withPerson({ records: [{ ...firstRecord, ...name }] });
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

  test("fail/without a consent in force: withdrawn, expired, another party's, another kind's, unknown: the same answer", async () => {
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
    expect((await party.call("GET", path, undefined, { scope: "ssf" })).status).toBe(403);
    for (const wrong of ["/v1/attributes", "/v1/attributes?consent=x", `${path}&party=other`])
      expect((await party.call("GET", wrong)).status).toBe(400);
  });
});

test("fail/an unreachable CA is AuthorityUnreachable, not a refusal", async () => {
  const ca = new RelyingPartyClient({
    gateway: "http://127.0.0.1:9",
    token: async () => ({ accessToken: "x", proof: async () => "x" }),
  });
  await expect(ca.attributes(randomUUID())).rejects.toHaveProperty("name", "AuthorityUnreachable");
});
