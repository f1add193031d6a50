import { describe, expect, test } from "@jest/globals";
import { X509Certificate, X509Crl, X509CrlReason } from "@peculiar/x509";
import type { Enrolled } from "../../client/app/one-tap.ts";
import { crlOf } from "./crl-of.ts";
import { opensslOn } from "./openssl.ts";
import { Phone } from "./phone.ts";
import { expectRefusal, post } from "./refusal.ts";
import { noTrace, rows, traceAtEnd } from "./stack.ts";

const superseded = X509CrlReason.superseded;
const newAddress = "大阪府大阪市北区中之島一丁目３番２０号";

const enrolments = async (...ids: string[]) => {
  const found = await rows<{ id: string; person_id: string; state: string; binding: string | null }>(
    "select id, person_id, state, binding from enrolments where id = any($1::uuid[])",
    [ids],
  );
  return ids.map((id) => found.find((row) => row.id === id)!);
};

const foundBy = (personId: string) =>
  rows<{ found_by: string }>(
    "select found_by from card_certificates where person_id = $1 order by created_at",
    [personId],
  );

const good = { ocsp: "good", crl: "good" };
const revoked = { ocsp: "revoked", reason: "superseded", crl: "revoked" };

async function reasonOnCrl({ certificate }: Enrolled): Promise<unknown> {
  const crl = new X509Crl(await crlOf(certificate));
  return crl.findRevoked(new X509Certificate(Buffer.from(certificate)).serialNumber)?.reason;
}

/** Sends an application and holds it to the refusal of the lifecycle: no enrolment, and the lifecycle over. */
async function expectNoReplacement(phone: Phone, wishes: Parameters<Phone["tapped"]>[1]) {
  const { begun, envelope } = await phone.tapped(await phone.begin(wishes), wishes);
  const problem = expectRefusal(await post("/v1/applications", envelope), "NOTHING_TO_REPLACE", 422);
  expect(await traceAtEnd(begun.claims.enrolmentId)).toEqual({
    ...noTrace,
    evidence: 1,
    applications: 1,
    audit: 1,
    lifecycle: "COMPLETED",
  });
  return problem;
}

describe("a new phone", () => {
  test("ok/moved, then a renewed card and a new phone: recognised by linkage, all is carried over", async () => {
    const phoneA = await Phone.new();
    const a = await phoneA.enrolled({ binding: "customer-0012345" });
    const other = await (await Phone.holding(phoneA.card)).enrolled({
      party: "midori-clinic",
      binding: "patient-7",
    });
    await phoneA.card.atTownHall("move", { address: newAddress });
    await phoneA.card.atTownHall("renew");

    const phoneB = await Phone.holding(phoneA.card);
    const before = await phoneB.card.counters();
    const b = await phoneB.enrolled({ intent: "replace" });
    expect((await phoneB.card.counters()).activations - before.activations).toBe(1);

    const [rowA, rowB, rowOther] = await enrolments(a.enrolmentId, b.enrolmentId, other.enrolmentId);
    expect(new Set([rowA?.person_id, rowB?.person_id, rowOther?.person_id]).size).toBe(1);
    expect(rowA).toMatchObject({ state: "superseded", binding: null });
    expect(rowB).toMatchObject({ state: "active", binding: "customer-0012345" });
    expect(rowOther).toMatchObject({ state: "active", binding: "patient-7" });
    expect(await foundBy(rowB!.person_id)).toEqual([{ found_by: "first-seen" }, { found_by: "linkage" }]);
    expect(b.subject).toBe(a.subject);

    expect(await opensslOn(a)).toEqual(revoked);
    expect(await opensslOn(b)).toEqual(good);
    expect(await opensslOn(other)).toEqual(good);
    expect(await reasonOnCrl(a)).toBe(superseded);
    expect(await reasonOnCrl(b)).toBeUndefined();
    const versions = await rows("select version from anchors where person_id = $1 order by version", [
      rowB!.person_id,
    ]);
    expect(versions).toEqual([{ version: 1 }, { version: 2 }]);
  });

  test("ok/with a brand-new physical card too", async () => {
    const phoneA = await Phone.new();
    const a = await phoneA.enrolled({ binding: "customer-2" });
    await phoneA.card.atTownHall("new-card");
    const b = await (await Phone.holding(phoneA.card)).enrolled({ intent: "replace" });
    const [rowA, rowB] = await enrolments(a.enrolmentId, b.enrolmentId);
    expect(rowB).toMatchObject({ person_id: rowA!.person_id, state: "active", binding: "customer-2" });
    expect(rowA).toMatchObject({ state: "superseded", binding: null });
    expect(await opensslOn(a)).toEqual(revoked);
  });

  test("ok/an unrenewed card is recognised without asking J-LIS, whatever was consented", async () => {
    const phoneA = await Phone.new();
    const a = await phoneA.enrolled({ agree: ["terms"], binding: "customer-3" });
    const b = await (await Phone.holding(phoneA.card)).enrolled({ agree: ["terms"], intent: "replace" });
    const [rowA, rowB] = await enrolments(a.enrolmentId, b.enrolmentId);
    expect(rowB).toMatchObject({ person_id: rowA!.person_id, state: "active", binding: "customer-3" });
    expect(await foundBy(rowB!.person_id)).toEqual([{ found_by: "first-seen" }]);
  });

  test("ok/a new binding given with the replacement wins over the old one", async () => {
    const phoneA = await Phone.new();
    await phoneA.enrolled({ binding: "customer-4" });
    const b = await (await Phone.holding(phoneA.card)).enrolled({
      intent: "replace",
      binding: "customer-4b",
    });
    expect((await enrolments(b.enrolmentId))[0]).toMatchObject({ binding: "customer-4b" });
  });

  test("ok/the app names which of several enrolments to replace; without a name it is refused", async () => {
    const first = await Phone.new();
    const a = await first.enrolled({ binding: "customer-5" });
    const b = await (await Phone.holding(first.card)).enrolled({ binding: "customer-6" });
    const third = await Phone.holding(first.card);
    const unsaid = await third.tapped(await third.begin({ intent: "replace" }));
    expectRefusal(await post("/v1/applications", unsaid.envelope), "REPLACE_AMBIGUOUS", 409);

    const c = await third.enrolled({ intent: "replace", replaces: b.enrolmentId });
    const states = await enrolments(a.enrolmentId, b.enrolmentId, c.enrolmentId);
    expect(states.map(({ state }) => state)).toEqual(["active", "superseded", "active"]);
    expect(states[2]).toMatchObject({ binding: "customer-6" });
  });
});

describe("without consent towards J-LIS", () => {
  test("fail/a renewed card is a new person: there is nothing to replace, and the old enrolment stays active", async () => {
    const phoneA = await Phone.new();
    const a = await phoneA.enrolled({ agree: ["terms"] });
    await phoneA.card.atTownHall("renew");
    const phoneB = await Phone.holding(phoneA.card);
    await expectNoReplacement(phoneB, { agree: ["terms"], intent: "replace" });
    const [rowA] = await enrolments(a.enrolmentId);
    expect(rowA).toMatchObject({ state: "active" });
    expect(await foundBy(rowA!.person_id)).toEqual([{ found_by: "first-seen" }]);
    expect(await opensslOn(a)).toEqual(good);
  });
});

test("fail/a person who never enrolled has nothing to replace", async () => {
  await expectNoReplacement(await Phone.new(), { intent: "replace" });
});
