import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { activate } from "../../client/app/one-tap.ts";
import { Engine } from "../../client/engine/engine.ts";
import { ensureServiceKeys } from "../../workers/keys.ts";
import { Phone } from "./phone.ts";
import { stack } from "./stack.ts";

let engine: Engine;

beforeAll(async () => {
  const { codec } = await ensureServiceKeys(`${stack.directory}/keys`);
  engine = await Engine.connect({
    address: stack.temporal,
    namespace: stack.namespace,
    codecKeys: codec,
  });
});
afterAll(() => engine.close());

describe("the engine client", () => {
  test("ok/reads the state of an issuance and how it ended", async () => {
    const applied = await (await Phone.new()).applied();
    const { enrolmentId } = applied.begun.claims;
    expect(await engine.issuance.step(enrolmentId)).toBe("applied");
    await activate(applied);
    expect(await engine.issuance.outcome(enrolmentId)).toBe("issued");
  });

  test("ok/an enrolment without an application is not found", async () => {
    expect(await engine.issuance.step(randomUUID())).toBeUndefined();
    expect(await engine.issuance.outcome(randomUUID())).toBeUndefined();
  });

  test("ok/starts a lifecycle without naming a queue or a type; what has no evidence is refused", async () => {
    const input = {
      enrolmentId: randomUUID(),
      expiresAt: new Date(Date.now() + 60_000).toISOString(),
      evidenceId: randomUUID(),
    };
    expect(await engine.issuance.apply(input, 120_000)).toMatchObject({
      kind: "refused",
      code: "CHALLENGE_EXPIRED",
    });
    expect(await engine.issuance.apply(input, 120_000)).toMatchObject({ code: "CHALLENGE_EXPIRED" });
  });
});
