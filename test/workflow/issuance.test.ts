import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ApplicationFailure } from "@temporalio/common";
import { issuance } from "../../workflows/issuance/contract.ts";
import { type IssuanceEnvironment, startIssuanceEnvironment } from "./issuance-environment.ts";

/** The limit of one call, below a test's own (jest.config.mjs). */
const waitMs = 280_000;
let env: IssuanceEnvironment;

beforeAll(async () => {
  env = await startIssuanceEnvironment();
});
afterAll(async () => {
  await env?.close();
});

const newIssuance = async (minutes = 10) => ({
  enrolmentId: randomUUID(),
  expiresAt: new Date((await env.environment.currentTimeMs()) + minutes * 60_000).toISOString(),
});
const handle = (enrolmentId: string) =>
  env.environment.client.workflow.getHandle(issuance.workflowId(enrolmentId));
const apply = (input: { enrolmentId: string; expiresAt: string }, evidenceId: string) =>
  env.client.apply({ ...input, evidenceId }, waitMs);
const activate = (input: { enrolmentId: string; expiresAt: string }, activationId: string) =>
  env.client.activate({ ...input, activationId }, waitMs);
/** As Postgres counts them. */
function wrongCodes() {
  const judged = new Set<string>();
  return async ({ activationId }: { activationId: string }) => {
    const triesLeft = 3 - judged.add(activationId).size;
    if (triesLeft <= 0) return { kind: "refused", code: "CODE_LOCKED", detail: "wrong" } as const;
    return { kind: "refused", code: "CODE_WRONG", detail: "wrong", triesLeft } as const;
  };
}

describe("issuance", () => {
  test("ok/applies, activates and closes", async () => {
    const input = await newIssuance();
    await env.withWorker({}, async () => {
      expect(await apply(input, "e1")).toEqual({ kind: "applied" });
      expect(await env.client.step(input.enrolmentId)).toBe("applied");
      expect(await activate(input, "a1")).toEqual({ kind: "issued", certificateId: "c1" });
      expect(await handle(input.enrolmentId).result()).toBe("issued");
    });
  });

  test("ok/the same application and activation again get the stored answers", async () => {
    const input = await newIssuance();
    let issued = 0;
    const issue = async () => ({ kind: "issued", certificateId: `c${++issued}` }) as const;
    await env.withWorker({ issue }, async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => apply(input, "e1")));
      expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(["applied"]));
      const certificates = await Promise.all(Array.from({ length: 10 }, () => activate(input, "a1")));
      expect(certificates).toEqual(certificates.map(() => ({ kind: "issued", certificateId: "c1" })));
      expect(issued).toBe(1);
      expect(await handle(input.enrolmentId).result()).toBe("issued");
    });
  });

  test("fail/other content on the same challenge is a conflict, before and after close", async () => {
    const input = await newIssuance();
    await env.withWorker({}, async () => {
      await apply(input, "e1");
      expect(await apply(input, "e2")).toMatchObject({ kind: "refused", code: "APPLICATION_CONFLICT" });
      await activate(input, "a1");
      await handle(input.enrolmentId).result();
      expect(await apply(input, "e3")).toEqual({ kind: "over" });
    });
  });

  test("fail/a refused card ends the lifecycle with its code", async () => {
    const input = await newIssuance();
    const refusal = { kind: "refused", code: "CERTIFICATE_REVOKED", detail: "revoked" } as const;
    await env.withWorker({ verifyCard: async () => refusal }, async () => {
      expect(await apply(input, "e1")).toEqual(refusal);
      expect(await handle(input.enrolmentId).result()).toBe("refused");
    });
  });

  test("fail/three wrong codes lock it; each answer has the tries left", async () => {
    const input = await newIssuance();
    const ended: string[] = [];
    const endIssuance = async ({ why }: { why: string }) => void ended.push(why);
    await env.withWorker({ issue: wrongCodes(), endIssuance }, async () => {
      await apply(input, "e1");
      expect(await activate(input, "a1")).toMatchObject({ code: "CODE_WRONG", triesLeft: 2 });
      expect(await activate(input, "a2")).toMatchObject({ code: "CODE_WRONG", triesLeft: 1 });
      expect(await activate(input, "a3")).toMatchObject({ code: "CODE_LOCKED" });
      expect(await handle(input.enrolmentId).result()).toBe("locked");
      expect(ended).toEqual(["locked"]);
      expect(await activate(input, "a4")).toEqual({ kind: "over" });
    });
  });

  test("ok/an activation that was refused for another reason spends no try", async () => {
    const input = await newIssuance();
    const issue = async () =>
      ({ kind: "refused", code: "DEVICE_KEY_MISMATCH", detail: "other key" }) as const;
    await env.withWorker({ issue }, async () => {
      await apply(input, "e1");
      for (const id of ["a1", "a2", "a3", "a4"]) {
        expect(await activate(input, id)).toMatchObject({ code: "DEVICE_KEY_MISMATCH" });
      }
      expect(await env.client.step(input.enrolmentId)).toBe("applied");
    });
  });

  test("ok/ends itself at the challenge's expiry and says so to the registry", async () => {
    const input = await newIssuance(10);
    const ended: string[] = [];
    const endIssuance = async ({ why }: { why: string }) => void ended.push(why);
    await env.withWorker({ endIssuance }, async () => {
      await apply(input, "e1");
      const before = await env.environment.currentTimeMs();
      expect(await handle(input.enrolmentId).result()).toBe("expired");
      expect(ended).toEqual(["expired"]);
      expect((await env.environment.currentTimeMs()) - before).toBeLessThan(11 * 60_000);
    });
  });

  test("ok/J-LIS is unavailable for a while: retried until it answers, nothing is lost", async () => {
    const input = await newIssuance();
    let calls = 0;
    const verifyCard = async () => {
      calls += 1;
      if (calls < 4) throw ApplicationFailure.retryable("unavailable", "JLisUnavailable");
      return { kind: "verified", askLinkage: false } as const;
    };
    await env.withWorker({ verifyCard }, async () => {
      expect(await apply(input, "e1")).toEqual({ kind: "applied" });
      expect(calls).toBe(4);
    });
  });

  test("ok/J-LIS stays unavailable: the application ends with the challenge, without a certificate", async () => {
    const input = await newIssuance(0.05);
    const verifyCard = async () => {
      throw ApplicationFailure.retryable("unavailable", "JLisUnavailable");
    };
    await env.withWorker({ verifyCard }, async () => {
      expect(await apply(input, "e1")).toMatchObject({ kind: "refused", code: "CHALLENGE_EXPIRED" });
      expect(await handle(input.enrolmentId).result()).toBe("expired");
    });
  });

  test("ok/linkage is asked only when the card is new and the person agreed", async () => {
    let linked = 0;
    const linkCard = async () => void (linked += 1);
    const run = async (askLinkage: boolean) => {
      const input = await newIssuance();
      await env.withWorker(
        { linkCard, verifyCard: async () => ({ kind: "verified", askLinkage }) },
        async () => {
          expect(await apply(input, "e1")).toEqual({ kind: "applied" });
        },
      );
    };
    await run(false);
    expect(linked).toBe(0);
    await run(true);
    expect(linked).toBe(1);
  });
});
