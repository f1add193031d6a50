import { describe, expect, test } from "@jest/globals";
import { addCampaign } from "../../../registry/certificate/campaigns.ts";
import { addPhone, makePerson } from "../notification/people.ts";
import {
  activities,
  auditOf,
  playCertificates,
  plays,
  registry,
  revocationOf,
  shown,
  signalled,
  started,
} from "./certificate-world.ts";

playCertificates();

describe("campaigns", () => {
  const campaign = async (kind: "replace" | "revoke", generation: string, perMinute: number) => {
    const id = crypto.randomUUID();
    const reason = kind === "revoke" ? ("cessationOfOperation" as const) : null;
    await addCampaign(registry.pool, {
      id,
      kind,
      generation,
      reason,
      perMinute,
      statement: "{}",
      approvals: [],
    });
    return id;
  };
  const generationOf = async (size: number) => {
    const generation = `g-${crypto.randomUUID().slice(0, 8)}`;
    const person = await makePerson(registry.pool);
    const phones = [];
    for (let index = 0; index < size; index += 1)
      phones.push(await addPhone(registry.pool, person.personId, person.partyId, { generation }));
    return { generation, person, ids: phones.map(({ enrolmentId }) => enrolmentId) };
  };

  test("ok/a whole generation is revoked, batch by batch, at the pace approved, and reported", async () => {
    const { generation, person, ids } = await generationOf(5);
    const campaignId = await campaign("revoke", generation, 2);
    const run = () => activities().runCampaignBatch({ campaignId });
    expect(await run()).toEqual({ isOver: false, done: 2, pauseMs: 60_000 });
    expect(await run()).toEqual({ isOver: false, done: 4, pauseMs: 60_000 });
    expect(await run()).toEqual({ isOver: false, done: 5, pauseMs: 30_000 });
    expect(await run()).toEqual({ isOver: true, done: 5, pauseMs: 0 });
    expect(await run()).toEqual({ isOver: true, done: 5, pauseMs: 0 });
    for (const id of ids)
      expect(await revocationOf(id)).toEqual([{ reason: "cessationOfOperation", revoked_by: "operator" }]);
    expect(await revocationOf(person.phone.enrolmentId)).toEqual([]);
    expect(signalled.toSorted()).toEqual(ids.toSorted());
    expect(await auditOf(campaignId)).toEqual(["campaign-ended"]);
  });

  test("ok/a whole generation is asked to replace: nothing is revoked", async () => {
    const { generation, person, ids } = await generationOf(3);
    const campaignId = await campaign("replace", generation, 1_000);
    expect(await activities().runCampaignBatch({ campaignId })).toMatchObject({ done: 3 });
    for (const id of ids) expect(await revocationOf(id)).toEqual([]);
    expect(await shown(person)).toEqual(["replace", "replace", "replace"]);
  });

  test("ok/the sweep starts a campaign that was stored while Temporal was unavailable", async () => {
    const { generation } = await generationOf(1);
    const campaignId = await campaign("replace", generation, 1_000);
    await activities().sweepCertificates();
    expect(started).not.toContain(campaignId);
    plays.now = new Date(Date.now() + 120_000);
    await activities().sweepCertificates();
    expect(started).toContain(campaignId);
    while (!(await activities().runCampaignBatch({ campaignId })).isOver);
    started.length = 0;
    await activities().sweepCertificates();
    expect(started).not.toContain(campaignId);
  });

  test("fail/a campaign that is not in the registry", async () => {
    await expect(activities().runCampaignBatch({ campaignId: crypto.randomUUID() })).rejects.toThrow(
      "not in the registry",
    );
  });
});
