import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { ServiceError } from "@temporalio/client";
import Fastify, { type FastifyInstance } from "fastify";
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from "jose";
import { Gateway } from "../../../client/app/gateway.ts";
import { readInbox } from "../../../client/app/inbox.ts";
import { signPhoneMessage } from "../../../client/app/phone-message.ts";
import { revokeOwnCertificate } from "../../../client/app/revocation.ts";
import { revokeCertificates } from "../../../domain/certificate/revoke-certificates.ts";
import type { OperatorRule } from "../../../domain/operation/approving.ts";
import { onError } from "../../../gateway/problems.ts";
import { inboxRoute } from "../../../gateway/routes/inbox.ts";
import { operationsRoute } from "../../../gateway/routes/operations.ts";
import { revocationRoutes } from "../../../gateway/routes/revocations.ts";
import { type OperatorKey } from "../../../protocol/approval.ts";
import { encode } from "../../../protocol/encoding.ts";
import { labels } from "../../../protocol/labels.ts";
import type { Operation } from "../../../protocol/operation.ts";
import { proveKeyCompromise } from "../../../protocol/revocation.ts";
import { signApproval } from "../../../protocol/sign-approval.ts";
import { frozenWithoutSuccessor } from "../../../registry/certificate/freezes.ts";
import { isKeyBlocked } from "../../../registry/certificate/revocations.ts";
import { isStoppedSince } from "../../../registry/certificate/stops.ts";
import { addPageSession, findPageSession } from "../../../registry/person-page/visits.ts";
import { addPhone, issuer, makePerson, sealer } from "../notification/people.ts";
import { insert, startTestRegistry, type TestRegistry } from "../notification/postgres.ts";

let registry: TestRegistry;
let server: FastifyInstance;
let gateway: Gateway;
let url: string;
let rule: OperatorRule | undefined;
let operators: { operator: OperatorKey; key: { kid: string; privateKey: CryptoKey } }[];
const temporal = {
  isAway: false,
  signalled: [] as string[],
  campaigns: [] as string[],
  changed: [] as string[],
};
const warnings: object[] = [];
/** As the client wraps what gRPC threw. */
const unavailable = new ServiceError("Failed to start", {
  cause: Object.assign(new Error("14 UNAVAILABLE"), { code: 14, details: "", metadata: {} }),
});

beforeAll(async () => {
  registry = await startTestRegistry();
  operators = await Promise.all(["Akira", "Botan"].map(newOperator));
  const certificate = {
    async reread(enrolmentId: string) {
      if (temporal.isAway) throw new Error("unavailable");
      temporal.signalled.push(enrolmentId);
    },
    async startCampaign(id: string) {
      if (temporal.isAway) throw unavailable;
      temporal.campaigns.push(id);
    },
  };
  const log = { warn: (fields: object) => void warnings.push(fields) };
  const deps = { pool: registry.pool, sealer, issuer, clock: () => new Date(), certificate, log };
  server = Fastify();
  server.setErrorHandler(onError);
  inboxRoute(server, deps);
  revocationRoutes(server, deps);
  operationsRoute(server, {
    ...deps,
    answerMs: 1_000,
    consent: {
      async change({ changeId }) {
        if (temporal.isAway) return { kind: "unanswered" };
        temporal.changed.push(changeId);
        return { kind: "applied" } as never;
      },
    },
    get operatorRule() {
      return rule;
    },
  });
  url = await server.listen({ host: "127.0.0.1", port: 0 });
  gateway = new Gateway(url);
});
afterAll(async () => {
  await server?.close();
  await registry?.close();
});
beforeEach(() => {
  rule = { operators: operators.map(({ operator }) => operator), needed: 2 };
  Object.assign(temporal, { isAway: false, signalled: [], campaigns: [], changed: [] });
});

async function newOperator(name: string) {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const { kty, crv, x, y } = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint({ kty: kty!, crv: crv!, x: x!, y: y! });
  return { operator: { name, jwk: { kty, crv, x, y, kid } } as OperatorKey, key: { kid, privateKey } };
}

async function post(path: string, body: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const statusOf = async (enrolmentId: string) =>
  (
    await registry.pool.query(
      `select e.state, r.reason, r.revoked_by as by from enrolments e join issuance_intents i on i.enrolment_id = e.id
       left join revocations r using (serial) where e.id = $1`,
      [enrolmentId],
    )
  ).rows[0];

/** Seconds from the act to the moment its revocation takes effect. */
const delayOf = async (enrolmentId: string): Promise<number> => {
  const { rows } = await registry.pool.query<{ delay: number }>(
    `select extract(epoch from r.effective_at - r.revoked_at)::float8 as delay
     from revocations r join issuance_intents i using (serial) where i.enrolment_id = $1`,
    [enrolmentId],
  );
  return rows[0]!.delay;
};

describe("by the person", () => {
  test("ok/revoked when it is answered; another phone of the person sees it in its inbox", async () => {
    const person = await makePerson(registry.pool);
    const second = await addPhone(registry.pool, person.personId, person.partyId);
    const revoked = await revokeOwnCertificate(gateway, person.phone, "cessationOfOperation");
    expect(revoked.serials).toHaveLength(1);
    expect(await statusOf(person.phone.enrolmentId)).toEqual({
      state: "revoked",
      reason: "cessationOfOperation",
      by: "person",
    });
    expect(temporal.signalled).toEqual([person.phone.enrolmentId]);
    expect((await readInbox(gateway, second)).certificates).toMatchObject([
      { enrolmentId: person.phone.enrolmentId, kind: "revoked" },
    ]);
    expect(await statusOf(second.enrolmentId)).toMatchObject({ state: "active", reason: null });
  });

  test("ok/Temporal away: revoked all the same", async () => {
    temporal.isAway = true;
    const { phone } = await makePerson(registry.pool);
    await revokeOwnCertificate(gateway, phone, "unspecified");
    expect(await statusOf(phone.enrolmentId)).toMatchObject({ state: "revoked" });
    expect(warnings).toContainEqual({ errorName: "Error" });
  });

  test("ok/the same message again has the same answer; a new one is by no good certificate", async () => {
    const { phone } = await makePerson(registry.pool);
    const message = await signPhoneMessage(phone, {
      type: labels.revocation,
      reason: "unspecified",
    } as never);
    const first = await gateway.revoke({ message: message.message });
    expect(await gateway.revoke({ message: message.message })).toEqual(first);
    await expect(revokeOwnCertificate(gateway, phone, "unspecified")).rejects.toMatchObject({
      code: "MESSAGE_UNTRUSTED",
    });
  });

  test("fail/a reason that is not the person's to give", async () => {
    const { phone } = await makePerson(registry.pool);
    await expect(revokeOwnCertificate(gateway, phone, "superseded" as never)).rejects.toMatchObject({
      code: "MALFORMED_REQUEST",
    });
    expect(await statusOf(phone.enrolmentId)).toMatchObject({ state: "active" });
  });

  test("fail/for another's enrolment", async () => {
    const [mine, other] = [await makePerson(registry.pool), await makePerson(registry.pool)];
    const forged = { ...mine.phone, enrolmentId: other.phone.enrolmentId };
    await expect(revokeOwnCertificate(gateway, forged, "unspecified")).rejects.toMatchObject({
      code: "MESSAGE_UNTRUSTED",
    });
    expect(await statusOf(other.phone.enrolmentId)).toMatchObject({ state: "active" });
  });
});

describe("by whoever knows the private key", () => {
  /** A phone whose certified key the test holds in a form that it can sign a JWS with. */
  async function leaked() {
    const person = await makePerson(registry.pool);
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const { kty, crv, x, y } = await exportJWK(publicKey);
    const spki = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
    const spkiSha256 = encode(new Uint8Array(await crypto.subtle.digest("SHA-256", spki)));
    for (const table of ["enrolments", "issuance_intents"]) {
      const id = table === "enrolments" ? "id" : "enrolment_id";
      await registry.pool.query(`update ${table} set spki_sha256 = $2 where ${id} = $1`, [
        person.phone.enrolmentId,
        spkiSha256,
      ]);
    }
    return { ...person, privateKey, publicJwk: { kty: kty!, crv: crv!, x: x!, y: y! }, spkiSha256 };
  }
  const jti = () => encode(crypto.getRandomValues(new Uint8Array(16)));

  test("ok/everything that certifies it is revoked, and the key is blocked for ever", async () => {
    const found = await leaked();
    const proof = await proveKeyCompromise(found, { issuer, jti: jti(), now: new Date() });
    const answer = await post("/v1/key-compromises", { proof });
    expect(answer).toMatchObject({ status: 200, body: { serials: [expect.any(String)] } });
    expect(await statusOf(found.phone.enrolmentId)).toMatchObject({
      reason: "keyCompromise",
      by: "key-holder",
    });
    expect(await isKeyBlocked(registry.pool, found.spkiSha256)).toBe(true);
    expect(await post("/v1/key-compromises", { proof })).toEqual(answer);
  });

  test("fail/a key that was never certified here", async () => {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const publicJwk = (await exportJWK(publicKey)) as never;
    const proof = await proveKeyCompromise(
      { privateKey, publicJwk },
      { issuer, jti: jti(), now: new Date() },
    );
    expect(await post("/v1/key-compromises", { proof })).toMatchObject({ status: 404 });
  });

  test.each([
    ["signed by another key", "another-key", "MESSAGE_UNTRUSTED"],
    ["made for another CA", "another-ca", "MESSAGE_UNTRUSTED"],
    ["made an hour ago", "stale", "MESSAGE_STALE"],
    ["no token", "garbage", "MESSAGE_UNTRUSTED"],
    ["another kind of token", "another-type", "MESSAGE_UNTRUSTED"],
  ])("fail/a proof %s", async (_, how, code) => {
    const found = await leaked();
    const claims = { issuer, jti: jti(), now: new Date() };
    const other = await generateKeyPair("ES256");
    const made: Record<string, () => Promise<string>> = {
      "another-key": () => proveKeyCompromise({ ...found, privateKey: other.privateKey }, claims),
      "another-ca": () => proveKeyCompromise(found, { ...claims, issuer: "https://other.example" }),
      stale: () => proveKeyCompromise(found, { ...claims, now: new Date(Date.now() - 3_600_000) }),
      garbage: async () => "garbage",
      "another-type": () =>
        new SignJWT({ jti: claims.jti })
          .setProtectedHeader({ alg: "ES256", typ: labels.phoneMessage, jwk: found.publicJwk })
          .setAudience(issuer)
          .setIssuedAt()
          .sign(found.privateKey),
    };
    const { body } = await post("/v1/key-compromises", { proof: await made[how]!() });
    expect(body["code"]).toBe(code);
    expect(await statusOf(found.phone.enrolmentId)).toMatchObject({ state: "active" });
  });
});

describe("by operators", () => {
  const statementOf = (asked: Partial<Operation> & Record<string, unknown>) =>
    JSON.stringify({
      act: "revoke",
      id: crypto.randomUUID(),
      issuer,
      record: "case-2026-0042",
      reason: "cessationOfOperation",
      ...asked,
    });
  const approvalsOf = (statement: string, who = operators) =>
    Promise.all(who.map(({ key }) => signApproval(statement, key, new Date())));
  const operate = async (asked: Parameters<typeof statementOf>[0], who = operators) => {
    const statement = statementOf(asked);
    return post("/v1/operations", { statement, approvals: await approvalsOf(statement, who) });
  };

  test("ok/somebody who lost phone and card: two approve, every certificate of the person is revoked", async () => {
    const person = await makePerson(registry.pool);
    const other = await addPhone(registry.pool, person.personId, person.partyId);
    const answer = await operate({ target: { personOf: person.phone.enrolmentId } });
    expect(answer.status).toBe(200);
    expect(answer.body["serials"]).toHaveLength(2);
    expect(await statusOf(other.enrolmentId)).toMatchObject({ by: "operator" });
    const { rows } = await registry.pool.query(
      "select detail from audit_lines where act = 'operation-approved' and subject = $1",
      [answer.body["id"]],
    );
    expect(rows).toEqual([
      {
        detail: {
          act: "revoke",
          record: "case-2026-0042",
          by: operators.map(({ key }) => key.kid).join(),
        },
      },
    ]);
  });

  test("bad/every certificate of a person is revoked: what they were setting up at that moment becomes none", async () => {
    const { personId, partyId, phone } = await makePerson(registry.pool);
    const [applied, evidenceId] = [crypto.randomUUID(), crypto.randomUUID()];
    await insert(registry.pool, "evidence", {
      id: evidenceId,
      enrolment_id: applied,
      application_sha256: "x",
      sealed: "",
    });
    await insert(registry.pool, "applications", { enrolment_id: applied, evidence_id: evidenceId });
    await insert(registry.pool, "enrolments", {
      id: applied,
      person_id: personId,
      party_id: partyId,
      app_id: "app",
      pseudonym: "p",
      spki_sha256: applied,
      state: "applied",
    });
    expect((await operate({ target: { enrolmentId: phone.enrolmentId } })).status).toBe(200);
    const tapped = new Date(Date.now() - 1_000);
    expect(await isStoppedSince(registry.pool, { personId, since: tapped })).toBe(false);
    expect((await operate({ target: { personOf: phone.enrolmentId } })).status).toBe(200);
    const { rows } = await registry.pool.query("select state from enrolments where id = $1", [applied]);
    expect(rows).toEqual([{ state: "ended" }]);
    expect(await isStoppedSince(registry.pool, { personId, since: tapped })).toBe(true);
  });

  test("ok/somebody has died: every certificate is revoked, each at its own moment within the hour", async () => {
    const person = await makePerson(registry.pool);
    const other = await addPhone(registry.pool, person.personId, (await makePerson(registry.pool)).partyId);
    const target = { personOf: person.phone.enrolmentId };
    expect((await operate({ target, because: "death" })).status).toBe(200);
    const delays = await Promise.all([person.phone, other].map(({ enrolmentId }) => delayOf(enrolmentId)));
    expect(new Set(delays).size).toBe(2);
    for (const delay of delays) {
      expect(delay).toBeGreaterThan(0);
      expect(delay).toBeLessThanOrEqual(3_600);
    }
    expect(await statusOf(other.enrolmentId)).toMatchObject({ state: "revoked", by: "operator" });
  });

  test.each([
    ["somebody who asks at a desk", { reason: "cessationOfOperation" }, 0],
    ["a compromise", { reason: "keyCompromise" }, 0],
    ["misuse", { reason: "privilegeWithdrawn" }, 0],
    ["changed attributes", { reason: "affiliationChanged" }, 86_400],
  ] as const)("ok/the window of %s, for whom %o", async (_why, how, most) => {
    const { enrolmentId } = (await makePerson(registry.pool)).phone;
    expect((await operate({ target: { enrolmentId }, ...how })).status).toBe(200);
    const delay = await delayOf(enrolmentId);
    expect(delay).toBeLessThanOrEqual(most);
    expect(delay > 0).toBe(most > 0);
  });

  test("fail/a death for a reason that cannot wait", async () => {
    const { enrolmentId } = (await makePerson(registry.pool)).phone;
    const asked = { target: { enrolmentId }, reason: "keyCompromise", because: "death" } as const;
    expect(await operate(asked)).toMatchObject({ status: 400, body: { code: "MALFORMED_REQUEST" } });
    expect(await statusOf(enrolmentId)).toMatchObject({ state: "active" });
  });

  test("ok/somebody who lost the only phone calls: two stop every phone, once, and `replace` succeeds them", async () => {
    const person = await makePerson(registry.pool);
    const { personId, partyId, phone } = person;
    const other = await addPhone(registry.pool, personId, partyId);
    const stop = { act: "stop-person", reason: undefined, personOf: phone.enrolmentId } as const;
    expect(await operate(stop, operators.slice(0, 1))).toMatchObject({ status: 403 });
    expect(await statusOf(phone.enrolmentId)).toMatchObject({ state: "active" });
    const statement = statementOf(stop);
    const approvals = await approvalsOf(statement);
    const now = new Date();
    const open = { personId, visitId: crypto.randomUUID(), expiresAt: new Date(now.getTime() + 900_000) };
    await addPageSession(registry.pool, "open page", open, now);
    const done = await post("/v1/operations", { statement, approvals });
    expect(done.status).toBe(200);
    expect(done.body["serials"]).toHaveLength(2);
    expect(await findPageSession(registry.pool, "open page", now)).toBeUndefined();
    for (const { enrolmentId } of [phone, other])
      expect(await statusOf(enrolmentId)).toMatchObject({
        state: "revoked",
        reason: "privilegeWithdrawn",
        by: "operator",
      });
    const stopped = await frozenWithoutSuccessor(registry.pool, personId, partyId);
    expect(stopped.toSorted()).toEqual([phone.enrolmentId, other.enrolmentId].toSorted());
    const later = await addPhone(registry.pool, personId, partyId);
    expect(await post("/v1/operations", { statement, approvals })).toEqual(done);
    expect(await statusOf(later.enrolmentId)).toMatchObject({ state: "active" });
    const { rows } = await registry.pool.query("select 1 from audit_lines where subject = $1", [
      done.body["id"],
    ]);
    expect(rows).toHaveLength(1);
    expect(await operate({ ...stop, personOf: crypto.randomUUID() })).toMatchObject({ status: 404 });
  });

  test("ok/somebody calls who cannot withdraw alone: two withdraw every consent in force, once", async () => {
    const person = await makePerson(registry.pool);
    const { personId, phone, consentId } = person;
    const other = await makePerson(registry.pool);
    const statement = statementOf({
      act: "withdraw-consents",
      reason: undefined,
      personOf: phone.enrolmentId,
    } as never);
    const approvals = await approvalsOf(statement);
    expect(await post("/v1/operations", { statement, approvals: approvals.slice(0, 1) })).toMatchObject({
      status: 403,
    });
    temporal.isAway = true;
    expect(await post("/v1/operations", { statement, approvals })).toMatchObject({
      status: 503,
      body: { code: "TRY_AGAIN" },
    });
    temporal.isAway = false;
    const id = JSON.parse(statement).id;
    expect(await post("/v1/operations", { statement, approvals })).toMatchObject({
      status: 200,
      body: { id },
    });
    const { rows } = await registry.pool.query(
      `select id, consent_id, person_id, act, source, evidence from consent_changes where source = 'operator'`,
    );
    expect(rows).toMatchObject([{ consent_id: consentId, person_id: personId, act: "withdraw" }]);
    expect(sealer.open(rows[0].evidence, `consent_changes/${rows[0].id}/evidence`).toString()).toBe(
      JSON.stringify({ statement, approvals }),
    );
    expect(temporal.changed).toEqual([rows[0].id]);
    const lines = await registry.pool.query("select detail from audit_lines where subject = $1", [id]);
    expect(lines.rows).toMatchObject([{ detail: { act: "withdraw-consents", consents: 1 } }]);
    expect(await statusOf(phone.enrolmentId)).toMatchObject({ state: "active" });
    await registry.pool.query("update consents set state = 'withdrawn' where id = $1", [consentId]);
    const again = { act: "withdraw-consents", reason: undefined, personOf: phone.enrolmentId } as never;
    expect(await operate(again)).toMatchObject({ status: 404 });
    expect(other.consentId).not.toBe(consentId);
  });

  test("ok/the same operation sent again is one", async () => {
    const { phone } = await makePerson(registry.pool);
    const statement = statementOf({ target: { enrolmentId: phone.enrolmentId } });
    const approvals = await approvalsOf(statement);
    const first = await post("/v1/operations", { statement, approvals });
    expect(await post("/v1/operations", { statement, approvals })).toEqual(first);
  });

  test("ok/sent again, an operation leaves alone what was issued since, and is on record once", async () => {
    const person = await makePerson(registry.pool);
    const id = crypto.randomUUID();
    const statement = statementOf({ id, target: { personOf: person.phone.enrolmentId } });
    const approvals = await approvalsOf(statement);
    const first = await post("/v1/operations", { statement, approvals });
    const later = await addPhone(registry.pool, person.personId, person.partyId);
    expect(await post("/v1/operations", { statement, approvals })).toEqual(first);
    expect(await statusOf(later.enrolmentId)).toMatchObject({ state: "active", reason: null });
    const { rows } = await registry.pool.query("select 1 from audit_lines where subject = $1", [id]);
    expect(rows).toHaveLength(1);
  });

  test("ok/Temporal away: the campaign is stored, and whoever asked is told so", async () => {
    temporal.isAway = true;
    const answer = await operate({
      act: "replace-generation",
      generation: "g1",
      perMinute: 1,
      reason: undefined,
    });
    expect(answer).toMatchObject({ status: 200, body: { campaignId: expect.any(String) } });
    expect(warnings).toContainEqual({ campaignId: answer.body["campaignId"] });
  });

  test("fail/one id for two operations, and a generation that never was", async () => {
    const asked = {
      act: "replace-generation",
      generation: "g1",
      perMinute: 1,
      reason: undefined,
    } as const;
    const id = crypto.randomUUID();
    expect((await operate({ ...asked, id })).status).toBe(200);
    expect(await operate({ ...asked, id, perMinute: 2 })).toMatchObject({
      status: 403,
      body: { code: "OPERATION_NOT_APPROVED" },
    });
    expect(await operate({ ...asked, generation: "g11" })).toMatchObject({ status: 404 });
  });

  test.each([
    ["revoke-generation", { reason: "keyCompromise" }],
    ["replace-generation", { reason: undefined }],
  ])("ok/%s starts a campaign, once", async (act, more) => {
    const asked = { act, generation: "g1", perMinute: 600, ...more } as never;
    const statement = statementOf(asked);
    const approvals = await approvalsOf(statement);
    const first = await post("/v1/operations", { statement, approvals });
    expect(first).toMatchObject({ status: 200, body: { campaignId: expect.any(String) } });
    expect(await post("/v1/operations", { statement, approvals })).toEqual(first);
    expect(temporal.campaigns).toEqual([first.body["campaignId"], first.body["campaignId"]]);
  });

  test("fail/one operator is not two", async () => {
    const { phone } = await makePerson(registry.pool);
    const answer = await operate({ target: { enrolmentId: phone.enrolmentId } }, operators.slice(0, 1));
    expect(answer).toMatchObject({ status: 403, body: { code: "OPERATION_NOT_APPROVED" } });
    expect(await statusOf(phone.enrolmentId)).toMatchObject({ state: "active" });
  });

  test("fail/no operators are configured: nobody may", async () => {
    rule = undefined;
    const { phone } = await makePerson(registry.pool);
    const answer = await operate({ target: { enrolmentId: phone.enrolmentId } });
    expect(answer).toMatchObject({ status: 403, body: { code: "OPERATION_NOT_APPROVED" } });
  });

  test("fail/approved for another CA", async () => {
    const { phone } = await makePerson(registry.pool);
    const target = { enrolmentId: phone.enrolmentId };
    expect(await operate({ target, issuer: "https://other.example" })).toMatchObject({ status: 403 });
  });

  test.each([
    ["an act there is not", { act: "sign" }],
    ["to take a revocation back", { reason: "removeFromCRL" }],
    ["a record that is somebody's data", { record: "山田太郎" }],
    ["nothing in particular", {}],
  ])("fail/%s, however many approve", async (_, more) => {
    expect(await operate({ ...more } as never)).toMatchObject({
      status: 400,
      body: { code: "MALFORMED_REQUEST" },
    });
  });

  test("fail/a certificate that there is not", async () => {
    expect(await operate({ target: { serial: "00ff" } })).toMatchObject({ status: 404 });
    expect(await operate({ target: { personOf: crypto.randomUUID() } })).toMatchObject({ status: 404 });
  });

  test("ok/what was revoked before stands as it was", async () => {
    const { phone } = await makePerson(registry.pool);
    const { enrolmentId } = phone;
    await revokeCertificates(registry.pool, { enrolmentId }, "keyCompromise", "person");
    expect((await operate({ target: { enrolmentId } })).status).toBe(200);
    expect(await statusOf(enrolmentId)).toMatchObject({ reason: "keyCompromise", by: "person" });
  });
});
