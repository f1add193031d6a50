import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { disclose } from "../../../domain/consent/disclosing.ts";
import { answerOf, planOf, readsOf } from "../../../domain/login/verified-claims/answering.ts";
import { findAccountOf } from "../../../gateway/openid/account.ts";
import { attributeReads } from "../../../registry/attribute-record/reads.ts";
import { lockDisclosureTo } from "../../../registry/consent/disclosures.ts";
import { transaction } from "../../../registry/database.ts";
import { firstRecord, makePerson, sealer } from "../notification/people.ts";
import { insert, startTestRegistry, type TestRegistry } from "../notification/postgres.ts";

/** The line that a read leaves says what was asked and what was given. */

let registry: TestRegistry;
const clock = () => new Date();
beforeAll(async () => {
  registry = await startTestRegistry();
});
afterAll(() => registry?.close());

const unknown = { ...firstRecord, dateOfBirth: "400000000", sex: "unknown" as const };

/** What a login reads, as UserInfo answers it. */
async function read(asked: readonly string[], record = firstRecord) {
  const person = await makePerson(registry.pool, {
    records: [record],
    attributes: ["name", "dateOfBirth", "sex"],
  });
  const { personId, partyId } = person;
  const claims = Object.fromEntries(asked.map((claim) => [claim, null]));
  const plan = planOf({ verification: {}, claims });
  const disclosed = await transaction(registry.pool, async (connection) => {
    const consent = await lockDisclosureTo(connection, { personId, partyId, now: clock() });
    return disclose(connection, { sealer, clock }, consent!, {
      names: readsOf(plan),
      way: "userinfo",
      given: (attributes, provenAt) => answerOf(plan, { provenAt, attributes }, clock()).disclosed,
    });
  });
  const { rows } = await attributeReads(registry.pool, person, { limit: 10 });
  const answer = answerOf(plan, disclosed, clock()).verifiedClaims as { claims: object } | undefined;
  return { line: rows[0]!, claims: answer?.claims };
}

describe("a read", () => {
  test("ok/the log has what the answer gave, and what was asked beyond it", async () => {
    const { line, claims } = await read(["name", "address", "birthdate"]);
    expect(Object.keys(claims!)).toEqual(["name", "birthdate"]);
    expect(line).toMatchObject({
      asked: ["name", "address", "dateOfBirth"],
      attributes: ["name", "dateOfBirth"],
    });
  });

  test("bad/a value that the register does not know is not logged as given", async () => {
    const { line, claims } = await read(["name", "birthdate", "gender"], unknown);
    expect(Object.keys(claims!)).toEqual(["name"]);
    expect(line).toMatchObject({ asked: ["name", "dateOfBirth", "sex"], attributes: ["name"] });
  });

  test("bad/a read without a consent leaves a line that nothing was given, and none in the audit log", async () => {
    const { line, claims } = await read(["address"]);
    expect(claims).toBeUndefined();
    expect(line).toMatchObject({ asked: ["address"], attributes: [] });
    const { rows } = await registry.pool.query(
      "select 1 from audit_lines where act = 'attributes-disclosed' and subject = $1",
      [line.consentId],
    );
    expect(rows).toEqual([]);
  });

  test("bad/what a login asks for without a consent gives nothing and leaves a line that the person sees", async () => {
    const { personId, partyId, consentId, phone } = await makePerson(registry.pool);
    const [loginId, clientId] = [randomUUID(), randomUUID()];
    await insert(registry.pool, "party_clients", { id: clientId, party_id: partyId, jwks: "{}" });
    await insert(registry.pool, "logins", {
      id: loginId,
      channel: "browser",
      party_id: partyId,
      client_id: clientId,
      person_id: personId,
      acr: "device",
      shown: "",
      shown_sha256: "",
      number: 10,
      decoys: [11, 12],
      state: "finished",
      via: "qr",
      enrolment_id: phone.enrolmentId,
      created_at: clock(),
      expires_at: clock(),
      answered_at: clock(),
    });
    const asks = { verified_claims: { verification: {}, claims: { name: null, birthdate: null } } };
    const claims = async () => {
      const account = await findAccountOf({ pool: registry.pool, sealer, clock })({} as never, loginId);
      return account!.claims("userinfo", "openid", asks, []);
    };
    const refused = async () =>
      (
        await registry.pool.query("select party_id, asked, times from refused_reads where person_id = $1", [
          personId,
        ])
      ).rows;
    expect(await claims()).toHaveProperty("verified_claims");
    expect(await refused()).toEqual([]);
    await registry.pool.query("update consents set state = 'withdrawn' where id = $1", [consentId]);
    for (let twice = 0; twice < 2; twice += 1) expect(await claims()).toEqual({ sub: loginId });
    expect(await refused()).toEqual([{ party_id: partyId, asked: ["dateOfBirth", "name"], times: 2 }]);
  });
});
