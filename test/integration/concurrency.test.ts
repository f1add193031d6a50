import { expect, test } from "@jest/globals";
import { activate, apply } from "../../client/app/one-tap.ts";
import type { Activated } from "../../protocol/activation.ts";
import { opensslOn } from "./openssl.ts";
import { Phone } from "./phone.ts";
import { type Answer, expectRefusal, post } from "./refusal.ts";
import { sealedActivation } from "./sealed-message.ts";
import { rows, traceAtEnd, traceOf } from "./stack.ts";

const fifty = 50;
const times = <T>(count: number, act: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => act(index)));

/** How often each outcome came: `200`, or a refusal's code. */
function tally(answers: Answer[]): Record<string, number> {
  const outcomes = answers.map(({ status, text }) =>
    status === 200 ? "200" : (JSON.parse(text) as { code: string }).code,
  );
  return Object.fromEntries(
    [...new Set(outcomes)].map((outcome) => [outcome, outcomes.filter((each) => each === outcome).length]),
  );
}

const certificateIn = ({ text }: Answer) => (JSON.parse(text) as Activated).certificate;

test("ok/fifty copies of one application and of its activation: one certificate, and all fifty get it", async () => {
  const phone = await Phone.new();
  const tapped = await phone.tapped(await phone.begin());
  const { enrolmentId } = tapped.begun.claims;
  const applications = await times(fifty, () => post("/v1/applications", tapped.envelope));
  expect(tally(applications)).toEqual({ 200: fifty });
  expect(new Set(applications.map(({ text }) => text)).size).toBe(1);

  const { begun, code } = await apply(tapped);
  // Each with a signature and a sealing of its own: the same code and key, in fifty different messages.
  const messages = await times(fifty, () => sealedActivation(begun, code));
  const activations = await Promise.all(messages.map((message) => post("/v1/activations", message)));
  expect(tally(activations)).toEqual({ 200: fifty });
  expect(new Set(activations.map(certificateIn)).size).toBe(1);
  expect(await traceAtEnd(enrolmentId)).toEqual({
    evidence: 1,
    applications: 1,
    enrolments: 1,
    decisions: 3,
    activations: 1,
    intents: 1,
    certificates: 1,
    audit: 3,
    lifecycle: "COMPLETED",
  });

  const late = await post("/v1/activations", await sealedActivation(begun, code));
  expect(certificateIn(late)).toBe(certificateIn(activations[0]!));
});

test("fail/fifty different applications on one challenge: one is accepted, the others are conflicts", async () => {
  const phone = await Phone.new();
  const begun = await phone.begin();
  const drafts = await times(fifty, () => phone.draft(begun));
  const tapped = [];
  for (const draft of drafts) tapped.push(await phone.seal(begun, draft));
  const answers = await Promise.all(tapped.map(({ envelope }) => post("/v1/applications", envelope)));
  expect(tally(answers)).toEqual({ 200: 1, APPLICATION_CONFLICT: fifty - 1 });

  const winner = answers.findIndex(({ status }) => status === 200);
  const { enrolmentId } = await activate(await apply(tapped[winner]!));
  expect(await traceOf(enrolmentId)).toMatchObject({
    evidence: fifty,
    applications: 1,
    enrolments: 1,
    decisions: 3,
    certificates: 1,
  });
});

test("ok/two phones that replace the same enrolment at once: exactly one succeeds it", async () => {
  const old = await Phone.new();
  const first = await old.enrolled({ binding: "customer-7" });
  const wishes = { intent: "replace" } as const;
  const rivals = await times(4, () => Phone.holding(old.card));
  // Four taps of one card, one after another; then all of it at once.
  const tapped = [];
  for (const phone of rivals) tapped.push(await phone.tapped(await phone.begin(wishes), wishes));
  const applied = await Promise.all(tapped.map(apply));
  const answers = await Promise.all(
    applied.map(async ({ begun, code }) => post("/v1/activations", await sealedActivation(begun, code))),
  );
  expect(tally(answers)).toEqual({ 200: 1, NOTHING_TO_REPLACE: 3 });

  const winner = answers.findIndex(({ status }) => status === 200);
  const states = await rows(
    `select e.id, e.state, e.binding, (select count(*)::int from issuance_intents i where i.enrolment_id = e.id) as intents
     from enrolments e where e.person_id = (select person_id from enrolments where id = $1)`,
    [first.enrolmentId],
  );
  const expected = applied.map(({ begun }, index) =>
    index === winner
      ? { id: begun.claims.enrolmentId, state: "active", binding: "customer-7", intents: 1 }
      : { id: begun.claims.enrolmentId, state: "applied", binding: null, intents: 0 },
  );
  expect(states).toHaveLength(5);
  expect(states).toEqual(
    expect.arrayContaining([
      { id: first.enrolmentId, state: "superseded", binding: null, intents: 1 },
      ...expected,
    ]),
  );
  expect(await opensslOn(first)).toEqual({ ocsp: "revoked", reason: "superseded", crl: "revoked" });
  expect(await opensslOn(await activate(applied[winner]!))).toEqual({ ocsp: "good", crl: "good" });

  // Who came second taps once more, and then replaces the one who came first.
  const again = await rivals[(winner + 1) % 4]!.enrolled(wishes);
  const [row] = await rows("select state, binding from enrolments where id = $1", [again.enrolmentId]);
  expect(row).toEqual({ state: "active", binding: "customer-7" });
});

test("ok/a card not seen before, on six phones at once at two parties: one person", async () => {
  const { card } = await Phone.new();
  const phones = await times(6, () => Phone.holding(card));
  const tapped = [];
  for (const [index, phone] of phones.entries()) {
    const wishes = { party: index % 2 === 0 ? "abc-bank" : "midori-clinic" };
    tapped.push(await phone.tapped(await phone.begin(wishes), wishes));
  }
  const enrolled = await Promise.all(tapped.map(async (each) => activate(await apply(each))));
  const persons = await rows("select distinct person_id from enrolments where id = any($1::uuid[])", [
    enrolled.map(({ enrolmentId }) => enrolmentId),
  ]);
  expect(persons).toHaveLength(1);
});

test("fail/the right code at the same time as two wrong ones: the certificate is issued, and nothing is locked", async () => {
  const phone = await Phone.new();
  const { begun, code } = await phone.applied();
  const codes = [
    crypto.getRandomValues(new Uint8Array(16)),
    code,
    crypto.getRandomValues(new Uint8Array(16)),
  ];
  const messages = await Promise.all(codes.map((each) => sealedActivation(begun, each)));
  const [wrong, right, wrongToo] = await Promise.all(
    messages.map((message) => post("/v1/activations", message)),
  );
  expect(right?.status).toBe(200);
  expectRefusal(wrong!, "CODE_WRONG", 422);
  expectRefusal(wrongToo!, "CODE_WRONG", 422);
  const [row] = await rows("select state, ended_why from enrolments where id = $1", [
    begun.claims.enrolmentId,
  ]);
  expect(row).toEqual({ state: "active", ended_why: null });
});
