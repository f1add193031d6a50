import { randomBytes, randomUUID } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { addRefusedRead } from "../../../registry/attribute-record/refused-reads.ts";
import { askErasure, takeBackErasure } from "../../../registry/person-page/erasure.ts";
import { makePerson } from "../notification/people.ts";
import { insert } from "../notification/postgres.ts";
import { audited, count, keepRecords, purge, purges, year, yearsOn } from "./purging.ts";

keepRecords();

describe("records of the CA's own page", () => {
  /** A tap that a card was accepted for, at a time. */
  async function tapped(personId: string, at: Date, answerDigest = randomUUID()): Promise<string> {
    const id = randomUUID();
    await insert(audited.pool, "page_visits", {
      id,
      act: "log-in",
      browser_sha256: randomBytes(32),
      shown: "shown",
      shown_sha256: "x",
      number: 10,
      decoys: [11, 12],
      state: "finished",
      via: "qr",
      person_id: personId,
      answer_digest: answerDigest,
      evidence: "cms",
      created_at: at,
      expires_at: at,
      answered_at: at,
    });
    return id;
  }
  const of = async (what: string) => (await purges()).filter((each) => each.what === what);

  test("ok/a tap is purged ten years after the end of the certificates it could stop, and not before", async () => {
    const { personId } = await makePerson(audited.pool);
    const [before, since] = [
      await tapped(personId, new Date(Date.now() - 3 * year)),
      await tapped(personId, new Date()),
    ];
    yearsOn(10.5);
    await purge();
    expect([await count("page_visits", "id", before), await count("page_visits", "id", since)]).toEqual([
      0, 1,
    ]);
    expect(await of("page-visits")).toMatchObject([{ count: 1 }]);
    yearsOn(11.1);
    await purge();
    expect(await count("page_visits", "id", since)).toBe(0);
  });

  test("ok/a tap that agreed to a link is kept as long as the consent's changes", async () => {
    const { personId } = await makePerson(audited.pool);
    const digest = randomUUID();
    const id = await tapped(personId, new Date(), digest);
    await insert(audited.pool, "consent_changes", {
      id: randomUUID(),
      consent_id: randomUUID(),
      person_id: personId,
      kind: "register-refresh",
      act: "grant",
      attributes: [],
      source: "card",
      digest,
    });
    yearsOn(20);
    await purge();
    expect(await count("page_visits", "id", id)).toBe(1);
  });

  test("ok/a request for erasure is purged ten years after it was closed; an open one stays", async () => {
    const [person, other] = [await makePerson(audited.pool), await makePerson(audited.pool)];
    const asked = { visitId: randomUUID(), now: new Date() };
    const closed = (await askErasure(audited.pool, { ...asked, personId: person.personId }))!;
    const open = (await askErasure(audited.pool, { ...asked, personId: other.personId }))!;
    await takeBackErasure(audited.pool, { personId: person.personId, now: new Date() });
    yearsOn(9.9);
    await purge();
    expect(await count("erasure_requests", "id", closed)).toBe(1);
    yearsOn(10.1);
    await purge();
    expect([
      await count("erasure_requests", "id", closed),
      await count("erasure_requests", "id", open),
    ]).toEqual([0, 1]);
    expect(await of("erasure-requests")).toMatchObject([{ count: 1 }]);
  });

  test("ok/the line of a refused read is purged after ten years", async () => {
    const { personId, partyId } = await makePerson(audited.pool);
    await addRefusedRead(audited.pool, { personId, partyId, asked: ["name"], at: new Date() });
    yearsOn(10.1);
    await purge();
    expect(await count("refused_reads", "person_id", personId)).toBe(0);
    expect(await of("refused-reads")).toMatchObject([{ count: 1 }]);
  });
});
