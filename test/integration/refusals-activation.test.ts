import { beforeAll, describe, expect, test } from "@jest/globals";
import type { WorkflowHandle } from "@temporalio/client";
import { certificateRequest } from "../../client/app/csr.ts";
import { type AppliedApplication, activate, apply } from "../../client/app/one-tap.ts";
import type { RefusalCode } from "../../protocol/refusals.ts";
import { beforeExpiry, inSeconds, remint } from "./minted-challenge.ts";
import { Phone } from "./phone.ts";
import { expectRefusal, post } from "./refusal.ts";
import { sealedActivation } from "./sealed-message.ts";
import { appliedTrace, lifecycle, noTrace, rows, stack, traceAtEnd, traceOf } from "./stack.ts";

let phone: Phone;
let stranger: Phone;
beforeAll(async () => {
  [phone, stranger] = await Promise.all([Phone.new(), Phone.new()]);
});

const wrongCode = () => crypto.getRandomValues(new Uint8Array(16));

/** Sends a code (and a request of another making) and holds the answer to a refusal. */
async function refused(
  { begun }: Pick<AppliedApplication, "begun">,
  code: Uint8Array,
  expected: [RefusalCode, number],
  swapped: { csr?: Uint8Array } = {},
) {
  return expectRefusal(
    await post("/v1/activations", await sealedActivation(begun, code, swapped)),
    ...expected,
  );
}

/** As an operator may: the run goes on anew from its first workflow task. */
async function resetToBeginning({ client, workflowId }: WorkflowHandle): Promise<void> {
  const { events } = await client.getHandle(workflowId).fetchHistory();
  const first = events?.find(({ workflowTaskCompletedEventAttributes: done }) => done);
  const { runId } = await client.getHandle(workflowId).describe();
  await client.workflowService.resetWorkflowExecution({
    namespace: stack.namespace,
    workflowExecution: { workflowId, runId },
    reason: "a test",
    requestId: crypto.randomUUID(),
    workflowTaskFinishEventId: first?.eventId ?? null,
  });
}

describe("the activation code", () => {
  test("fail/wrong three times ends the application; the right code comes too late", async () => {
    const applied = await phone.applied();
    const { enrolmentId } = applied.begun.claims;
    const first = wrongCode();
    expect(await refused(applied, first, ["CODE_WRONG", 422])).toMatchObject({ triesLeft: 2 });
    // The same wrong code again is the same try: a message sent twice costs the person nothing.
    expect(await refused(applied, first, ["CODE_WRONG", 422])).toMatchObject({ triesLeft: 2 });
    expect(await refused(applied, wrongCode(), ["CODE_WRONG", 422])).toMatchObject({ triesLeft: 1 });
    await refused(applied, wrongCode(), ["CODE_LOCKED", 403]);
    await refused(applied, applied.code, ["CODE_LOCKED", 403]);

    expect(await (await lifecycle(enrolmentId)).result()).toBe("locked");
    await refused(applied, applied.code, ["CODE_LOCKED", 403]);
    const [row] = await rows("select state, ended_why, sealed_code from enrolments where id = $1", [
      enrolmentId,
    ]);
    expect(row).toEqual({ state: "ended", ended_why: "locked", sealed_code: null });
    const { intents, certificates } = await traceOf(enrolmentId);
    expect({ intents, certificates }).toEqual({ intents: 0, certificates: 0 });
  });

  test("fail/ten wrong codes at once: three are judged, and the right one comes too late", async () => {
    const applied = await phone.applied();
    const messages = await Promise.all(
      Array.from({ length: 10 }, () => sealedActivation(applied.begun, wrongCode())),
    );
    const answers = await Promise.all(messages.map((message) => post("/v1/activations", message)));
    const codes = answers.map(({ text }) => (JSON.parse(text) as { code: string }).code);
    expect(codes.filter((code) => code === "CODE_WRONG")).toHaveLength(2);
    expect(codes.filter((code) => code === "CODE_LOCKED")).toHaveLength(8);
    await refused(applied, applied.code, ["CODE_LOCKED", 403]);
  });

  test("ok/two wrong codes, and then the right one", async () => {
    const applied = await phone.applied();
    await refused(applied, wrongCode(), ["CODE_WRONG", 422]);
    await refused(applied, wrongCode(), ["CODE_WRONG", 422]);
    const { enrolmentId } = await activate(applied);
    expect(await traceAtEnd(enrolmentId)).toMatchObject({ certificates: 1, lifecycle: "COMPLETED" });
  });

  test("fail/a reset of the workflow gives no try back", async () => {
    const applied = await phone.applied();
    const { enrolmentId } = applied.begun.claims;
    await refused(applied, wrongCode(), ["CODE_WRONG", 422]);
    expect(await refused(applied, wrongCode(), ["CODE_WRONG", 422])).toMatchObject({ triesLeft: 1 });
    await resetToBeginning(await lifecycle(enrolmentId));
    await refused(applied, wrongCode(), ["CODE_LOCKED", 403]);
    await refused(applied, applied.code, ["CODE_LOCKED", 403]);
    expect(await (await lifecycle(enrolmentId)).result()).toBe("locked");
  });

  test("fail/a wrong code after the certificate was issued gets nothing", async () => {
    const applied = await phone.applied();
    const { enrolmentId } = await activate(applied);
    await refused(applied, wrongCode(), ["CODE_WRONG", 422]);
    expect(await traceOf(enrolmentId)).toMatchObject({ certificates: 1, intents: 1 });
  });

  test("fail/the code of another application", async () => {
    const [applied, theirs] = [await phone.applied(), await stranger.applied()];
    expect(await refused(applied, theirs.code, ["CODE_WRONG", 422])).toMatchObject({ triesLeft: 2 });
  });
});

describe("the certificate request", () => {
  test("fail/of another key, three times: no try of the code is spent, and nothing is stored", async () => {
    const applied = await phone.applied();
    const { enrolmentId } = applied.begun.claims;
    const csr = await certificateRequest(stranger.key);
    for (let time = 0; time < 3; time++)
      await refused(applied, applied.code, ["DEVICE_KEY_MISMATCH", 422], { csr });
    expect(await traceOf(enrolmentId)).toEqual(appliedTrace);
    expect((await activate(applied)).enrolmentId).toBe(enrolmentId);
  });

  test("fail/signed by another key than it names", async () => {
    const applied = await phone.applied();
    const csr = await certificateRequest({ spki: phone.key.spki, sign: (data) => stranger.key.sign(data) });
    await refused(applied, applied.code, ["CSR_PROOF_INVALID", 422], { csr });
    expect(await traceOf(applied.begun.claims.enrolmentId)).toEqual(appliedTrace);
  });

  test("fail/bytes that are no PKCS#10", async () => {
    const applied = await phone.applied();
    for (const csr of [new Uint8Array(200).fill(0x30), phone.key.spki])
      await refused(applied, applied.code, ["CSR_MALFORMED", 400], { csr });
    expect(await traceOf(applied.begun.claims.enrolmentId)).toEqual(appliedTrace);
  });
});

describe("time and order", () => {
  test("fail/an activation without an application: no workflow starts for it", async () => {
    const begun = await phone.begin();
    await refused({ begun }, wrongCode(), ["NOT_APPLIED", 409]);
    expect(await traceOf(begun.claims.enrolmentId)).toEqual(noTrace);
  });

  test("fail/an activation whose challenge expired long ago", async () => {
    const begun = await remint(await phone.begin(), { iat: inSeconds(-7200), exp: inSeconds(-3600) });
    await refused({ begun }, wrongCode(), ["NOT_APPLIED", 409]);
    expect(await traceOf(begun.claims.enrolmentId)).toEqual(noTrace);
  });

  test("fail/an activation after a refused application", async () => {
    const holder = await Phone.new();
    await holder.card.atTownHall("hold");
    const { begun, envelope } = await holder.tapped(await holder.begin());
    expectRefusal(await post("/v1/applications", envelope), "CERTIFICATE_ON_HOLD", 422);
    await refused({ begun }, wrongCode(), ["NOT_APPLIED", 409]);
  });

  test("fail/after the challenge's expiry: an issued certificate is returned again, any other activation is refused", async () => {
    const { issued, first, other, late } = await beforeExpiry(async (exp) => {
      const begin = async () => remint(await phone.begin(), { exp });
      const [mine, another] = [await phone.tapped(await begin()), await phone.tapped(await begin())];
      const [one, two] = await Promise.all([apply(mine), apply(another)]);
      return { issued: one, first: await activate(one), other: another, late: two };
    });

    expect(await (await lifecycle(late.begun.claims.enrolmentId)).result()).toBe("expired");
    await refused(late, late.code, ["CHALLENGE_EXPIRED", 410]);
    const [row] = await rows(
      "select state, ended_why, code_mac is null as no_code from enrolments where id = $1",
      [late.begun.claims.enrolmentId],
    );
    expect(row).toMatchObject({ state: "ended", ended_why: "expired" });
    expectRefusal(await post("/v1/applications", other.envelope), "CHALLENGE_EXPIRED", 410);

    expect(Buffer.from((await activate(issued)).certificate).equals(first.certificate)).toBe(true);
    await refused(issued, wrongCode(), ["CODE_WRONG", 422]);
  });
});
