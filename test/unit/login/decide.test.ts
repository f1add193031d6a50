import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Answer, decide } from "../../../domain/login/deciding.ts";
import type { Assurance } from "../../../protocol/login.ts";
import { transaction } from "../../../registry/database.ts";
import { insert, startTestRegistry, type TestRegistry } from "../notification/postgres.ts";

let postgres: TestRegistry;
beforeAll(async () => {
  postgres = await startTestRegistry();
});
afterAll(() => postgres.close());

/** A login that is followed on the phone, and the answer of an enrolment that was good when its message was read. */
async function answeredBy(state: string, acr: Assurance = "device"): Promise<Answer> {
  const [loginId, id, personId] = [randomUUID(), randomUUID(), randomUUID()];
  await transaction(postgres.pool, async (connection) => {
    await connection.query("set local session_replication_role = replica");
    const party = { party_id: "bank" };
    await insert(connection, "enrolments", {
      id,
      person_id: personId,
      ...party,
      app_id: "app",
      pseudonym: "somebody",
      spki_sha256: "",
      state,
    });
    await connection.query(
      "insert into party_clients (id, party_id, jwks) values ('site', 'bank', '{}') on conflict do nothing",
    );
    await insert(connection, "logins", {
      id: loginId,
      channel: "browser",
      ...party,
      client_id: "site",
      acr,
      shown: Buffer.of(0),
      shown_sha256: "shown",
      number: 1,
      decoys: [2, 3],
      created_at: new Date(),
      expires_at: new Date(Date.now() + 60_000),
    });
  });
  const claims = { loginId, via: "link", decision: "approve", shownSha256: "shown" } as Answer["claims"];
  const enrolment = { id, partyId: "bank", personId, state: "active" } as Answer["enrolment"];
  return { claims, digest: "digest", enrolment, hasCard: false };
}

/** The outcome of an answer: the state of its login, or the code of the refusal; and whether anything was settled. */
async function outcomeOf(answer: Answer): Promise<string> {
  const deps = { clock: () => new Date(), publicUrl: "https://ca.example", secret: Buffer.alloc(32, 1) };
  let settled = "";
  const outcome = transaction(postgres.pool, async (connection) => {
    // The rows have nothing of the person and the party they would belong to.
    await connection.query("set local session_replication_role = replica");
    return decide(connection, deps, answer, async () => {
      settled = ", settled";
    });
  }).then(
    ({ login }) => login.state,
    (error: Error & { code?: string; problem?: { code: string } }) =>
      error.code ?? error.problem?.code ?? error.message,
  );
  return (await outcome) + settled;
}

test.each([
  ["active", "approved, settled"],
  ["revoked", "MESSAGE_UNTRUSTED"],
  ["superseded", "MESSAGE_UNTRUSTED"],
])("an enrolment that is %s by the time the answer counts: %s", async (state, right) => {
  expect(await outcomeOf(await answeredBy(state))).toBe(right);
});

test.each([
  [false, "CARD_NEEDED"],
  [true, "approved, settled"],
])("a login that requires the card, answered with it: %s: %s", async (hasCard, right) => {
  const answer = await answeredBy("active", "card");
  expect(await outcomeOf({ ...answer, hasCard })).toBe(right);
});
