import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { claimChallenge } from "../../../registry/issuance/applications.ts";
import { insert, startTestRegistry, type TestRegistry } from "../notification/postgres.ts";

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startTestRegistry();
});
afterAll(async () => {
  await registry?.close();
});

const evidenceOf = async (enrolmentId: string): Promise<string> => {
  const id = randomUUID();
  await insert(registry.pool, "evidence", {
    id,
    enrolment_id: enrolmentId,
    application_sha256: randomUUID(),
    sealed: "",
  });
  return id;
};

test("ok/the same application many times at once claims its challenge once, and each gets that result", async () => {
  for (let round = 0; round < 40; round += 1) {
    const enrolmentId = randomUUID();
    const evidenceId = await evidenceOf(enrolmentId);
    const claims = await Promise.all(
      Array.from({ length: 10 }, () => claimChallenge(registry.pool, enrolmentId, evidenceId)),
    );
    expect(claims).toEqual(claims.map(() => ({ evidenceId })));
  }
});

test("fail/two applications at once: both get the claim of the first", async () => {
  const enrolmentId = randomUUID();
  const both = [await evidenceOf(enrolmentId), await evidenceOf(enrolmentId)];
  const claims = await Promise.all(both.map((id) => claimChallenge(registry.pool, enrolmentId, id)));
  expect(new Set(claims.map(({ evidenceId }) => evidenceId)).size).toBe(1);
});
