import { createHash, randomBytes, randomUUID } from "node:crypto";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { createRecognitionActivities } from "../../../activities/recognition/activities.ts";
import { openPageVisit } from "../../../client/app/page-visit.ts";
import { noteNewPhone } from "../../../domain/certificate/announcing.ts";
import { freeze } from "../../../domain/certificate/freezing.ts";
import { stopPhones } from "../../../domain/certificate/stopping.ts";
import { encode, utf8 } from "../../../protocol/encoding.ts";
import { labels } from "../../../protocol/labels.ts";
import { type Connection, transaction } from "../../../registry/database.ts";
import { findEnrolment } from "../../../registry/issuance/enrolments.ts";
import { storeFindings } from "../../../registry/issuance/findings.ts";
import { addCard, cardReference } from "../../../registry/recognition/persons.ts";
import { addPhone, day, firstRecord, sealer } from "../notification/people.ts";
import { insert, type TestRegistry } from "../notification/postgres.ts";
import { tapOf } from "./browser.ts";
import { person, registry, servePageForEachTest, world } from "./opened-page.ts";
import { waiting } from "./waiting.ts";

/** A stop and an application that are under way at the same moment: whichever comes second sees the other. */

const recognitionKey = randomBytes(32);
/** The person's card, as its issuer names it. */
let card: { issuerKeyId: string; serial: string };

servePageForEachTest();
beforeEach(async () => {
  card = { issuerKeyId: "aa", serial: randomUUID() };
  const reference = cardReference(recognitionKey, card);
  await addCard(registry.pool, { reference, personId: person.personId, foundBy: "first-seen" });
});

const { admit } = createRecognitionActivities({
  pool: new Proxy({} as TestRegistry["pool"], {
    get: (_none, name) => Reflect.get(registry.pool, name).bind(registry.pool),
  }),
  sealer,
  jlis: undefined as never,
  recognitionKey,
  pseudonymKey: randomBytes(32),
  activationKey: randomBytes(32),
});

/** An application that was verified, on a challenge issued so many seconds ago. */
async function verified(
  secondsAgo = 30,
  more: { intent?: "enrol" | "replace"; replaces?: string } = {},
): Promise<{ enrolmentId: string; evidenceId: string }> {
  const [enrolmentId, evidenceId] = [randomUUID(), randomUUID()];
  const { pool } = registry;
  const ecdh = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"]);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", ecdh.publicKey));
  const iat = Math.floor(Date.now() / 1_000) - secondsAgo;
  const challenge = ["{}", JSON.stringify({ iat }), ""].map((part) => encode(utf8(part))).join(".");
  await insert(pool, "evidence", {
    id: evidenceId,
    enrolment_id: enrolmentId,
    application_sha256: "x",
    sealed: "",
  });
  await insert(pool, "applications", { enrolment_id: enrolmentId, evidence_id: evidenceId });
  await storeFindings(pool, sealer, evidenceId, {
    application: {
      type: labels.application,
      challenge,
      enrolmentId,
      party: person.partyId,
      app: "app",
      intent: "enrol",
      ...more,
      spkiSha256: createHash("sha256").update(enrolmentId).digest("base64url"),
      ecdhKey: encode(point),
      consents: [],
    },
    applicationSha256: createHash("sha256").update(evidenceId).digest("base64url"),
    card: { ...card, attributes: firstRecord },
    consents: [],
    registerConsent: false,
  });
  return { enrolmentId, evidenceId };
}
const stopAll = (connection: Connection, by: "person" | "operator" = "person") =>
  stopPhones(connection, sealer, {
    personId: person.personId,
    by,
    proof: "pressed",
    digest: randomUUID(),
  });
const stateOf = async (id: string) => (await findEnrolment(registry.pool, id))?.state;
const over = { kind: "refused", code: "CHALLENGE_EXPIRED" };

describe("an application under way when every phone is stopped", () => {
  test("bad/an application admitted in a transaction that commits just after the stop ends", async () => {
    const applied = await verified();
    const admitted = await transaction(registry.pool, async (holding) => {
      // What the admission writes last waits here: it has looked, and is not committed.
      await holding.query("lock table decisions in exclusive mode");
      const admitting = admit(applied);
      await waiting(registry.pool, 1);
      const stopping = transaction(registry.pool, (connection) => stopAll(connection));
      await waiting(registry.pool, 2);
      return { admitting, stopping };
    });
    expect(await admitted.admitting).toEqual({ kind: "applied" });
    await admitted.stopping;
    expect(await stateOf(applied.enrolmentId)).toBe("ended");
    expect(await stateOf(person.phone.enrolmentId)).toBe("revoked");
  });

  test.each(["person", "operator"] as const)(
    "bad/an application tapped before the stop by the %s and admitted after it ends",
    async (by) => {
      const applied = await verified();
      const outcome = await transaction(registry.pool, async (stopping) => {
        await stopAll(stopping, by);
        const admitting = admit(applied);
        await waiting(registry.pool, 1);
        return { admitting };
      });
      expect(await outcome.admitting).toMatchObject(over);
      expect(await stateOf(applied.enrolmentId)).toBeUndefined();
    },
  );

  test("bad/an application that a phone held back and sent after the stop ends", async () => {
    const applied = await verified(120);
    await transaction(registry.pool, (connection) => stopAll(connection));
    expect(await admit(applied)).toMatchObject(over);
  });

  test("ok/a tap on a challenge asked for after the stop is the person's own, and goes on", async () => {
    await transaction(registry.pool, (connection) => stopAll(connection));
    const applied = await verified(-1, { intent: "replace" });
    expect(await admit(applied)).toEqual({ kind: "applied" });
    expect(await stateOf(applied.enrolmentId)).toBe("applied");
  });

  test("ok/a thief's phone was stopped with the person's own: the next tap replaces the own one", async () => {
    const { personId, partyId, phone } = person;
    const { pool } = registry;
    // Stopped long ago as not the person's, and set up before all that is left.
    const disowned = await addPhone(pool, personId, partyId);
    await transaction(pool, (connection) =>
      stopPhones(connection, sealer, {
        personId,
        enrolmentId: disowned.enrolmentId,
        by: "person",
        proof: "pressed",
        digest: randomUUID(),
      }),
    );
    await pool.query("update frozen_enrolments set frozen_by = $1", [phone.enrolmentId]);
    const thief = await addPhone(pool, personId, partyId);
    // The own phone is a renewal, newer than the thief's; what it renewed is older than both.
    const own = await addPhone(pool, personId, partyId);
    await pool.query("update enrolments set replaces = $2 where id = $1", [
      own.enrolmentId,
      phone.enrolmentId,
    ]);
    await pool.query("update enrolments set state = 'superseded' where id = $1", [phone.enrolmentId]);
    const order = [disowned, phone, thief, own].map(({ enrolmentId }) => enrolmentId);
    for (const [days, id] of order.entries())
      await pool.query("update enrolments set created_at = now() - make_interval(days => $2) where id = $1", [
        id,
        order.length - days,
      ]);
    await transaction(pool, (connection) => stopAll(connection));
    const applied = await verified(-1, { intent: "replace" });
    expect(await admit(applied)).toEqual({ kind: "applied" });
    expect(await findEnrolment(pool, applied.enrolmentId)).toMatchObject({ replaces: own.enrolmentId });
    const named = await verified(-1, { intent: "replace", replaces: thief.enrolmentId });
    expect(await admit(named)).toEqual({ kind: "applied" });
  });

  test("ok/stopping one phone on the page ends no other application", async () => {
    const stop = { personId: person.personId, enrolmentId: person.phone.enrolmentId, by: "person" } as const;
    await transaction(registry.pool, (connection) =>
      stopPhones(connection, sealer, { ...stop, proof: "pressed", digest: randomUUID() }),
    );
    expect(await admit(await verified())).toEqual({ kind: "applied" });
  });
});

describe("an application under way when a phone says that another is not the person's", () => {
  /** A new phone of which the person's own was notified, and the press that stops it. */
  async function thief() {
    const { personId, partyId, phone } = person;
    const { enrolmentId } = await addPhone(registry.pool, personId, partyId, { isKnown: false });
    await transaction(registry.pool, async (connection) =>
      noteNewPhone(connection, (await findEnrolment(connection, enrolmentId))!, day),
    );
    const { rows } = await registry.pool.query<{ id: string }>(
      "select id from certificate_notices where about = $1",
      [enrolmentId],
    );
    const press = (connection: Connection, newer: boolean) =>
      freeze(connection, sealer, {
        noticeId: rows[0]!.id,
        frozenBy: phone.enrolmentId,
        proof: "pressed",
        digest: randomUUID(),
        now: new Date(),
        newer,
      });
    return { enrolmentId, press };
  }

  test("bad/an application that would replace the stopped phone ends", async () => {
    const { enrolmentId, press } = await thief();
    const applied = await verified(30, { intent: "replace", replaces: enrolmentId });
    const { admitting } = await transaction(registry.pool, async (connection) => {
      await press(connection, false);
      const begun = admit(applied);
      await waiting(registry.pool, 1);
      return { admitting: begun };
    });
    expect(await admitting).toMatchObject(over);
  });

  test("bad/any other application ends where the press stops everything newer", async () => {
    const { press } = await thief();
    const [before, since] = [await verified(), await verified(-1)];
    await transaction(registry.pool, (connection) => press(connection, true));
    expect(await admit(before)).toMatchObject(over);
    expect(await admit(since)).toEqual({ kind: "applied" });
  });

  test("bad/a press by a phone that is stopped at the same moment has no effect", async () => {
    const { enrolmentId, press } = await thief();
    const { pressing } = await transaction(registry.pool, async (stopping) => {
      await stopPhones(stopping, sealer, {
        personId: person.personId,
        enrolmentId: person.phone.enrolmentId,
        by: "person",
        proof: "pressed",
        digest: randomUUID(),
      });
      const begun = transaction(registry.pool, (connection) => press(connection, true));
      await waiting(registry.pool, 1);
      return { pressing: begun };
    });
    expect(await pressing).toBeUndefined();
    expect(await stateOf(enrolmentId)).toBe("active");
  });

  test("ok/otherwise an application at another enrolment goes on", async () => {
    const { press } = await thief();
    const applied = await verified();
    await transaction(registry.pool, (connection) => press(connection, false));
    expect(await admit(applied)).toEqual({ kind: "applied" });
  });
});

test("bad/a tap that the card answers while all phones are stopped opens no page", async () => {
  const browser = world.browser();
  const visit = await openPageVisit(world.gateway, tapOf(await browser.press("/tap")).here);
  const held = await world.cardOf(person.personId);
  const { answering } = await transaction(registry.pool, async (stopping) => {
    await stopAll(stopping);
    const begun = world.answer(visit, held).catch((error: unknown) => error);
    await waiting(registry.pool, 1);
    return { answering: begun };
  });
  expect(await answering).toMatchObject({ code: "LOGIN_CLOSED" });
  expect((await browser.open("/tap")).text).toContain("This tap is over");
});
