import { describe, expect, test } from "@jest/globals";
import { person, playConsents, registry, world } from "./consent-registry.ts";
import { all } from "./world.ts";

playConsents();

async function tappedAMinuteAgo(): Promise<string> {
  const enrolmentId = await world.tapped(person, [{ kind: "disclosure" }]);
  await registry.pool.query(
    "update decisions set created_at = created_at - interval '1 minute' where enrolment_id = $1",
    [enrolmentId],
  );
  return enrolmentId;
}

const kinds = async () => (await world.inForceOf(person)).map(({ kind }) => kind);

describe("what was agreed to at a tap", () => {
  test("ok/becomes a consent of each kind, signed with the card", async () => {
    const enrolmentId = await world.tapped(person, [
      { kind: "disclosure", attributes: ["address"] },
      { kind: "register-refresh" },
    ]);
    await world.atTap()({ enrolmentId });
    const [disclosure, register] = await world.inForceOf(person);
    expect(disclosure).toMatchObject({
      kind: "disclosure",
      partyId: person.partyId,
      attributes: ["address"],
    });
    expect(register).toMatchObject({
      kind: "register-refresh",
      partyId: null,
      attributes: all,
      registerState: "pending",
    });
    expect(await world.changesOf(disclosure!.id)).toMatchObject([
      { act: "grant", source: "card", revision: 1 },
    ]);
  });

  test("ok/every consent of the person is signalled to read the attribute record, which the card may have changed", async () => {
    const enrolmentId = await world.tapped(person, []);
    await world.atTap()({ enrolmentId });
    expect(world.plays.signalled).toEqual([person.personId]);
  });

  test("ok/a declined consent is not stored, and nothing else depends on it", async () => {
    const enrolmentId = await world.tapped(person, [
      { kind: "disclosure", agreed: false },
      { kind: "register-refresh" },
    ]);
    await world.atTap()({ enrolmentId });
    expect(await kinds()).toEqual(["register-refresh"]);
    const neither = await world.newPerson();
    const none = await world.tapped(neither, [{ kind: "disclosure", agreed: false }]);
    await world.atTap()({ enrolmentId: none });
    expect(await world.inForceOf(neither)).toEqual([]);
  });

  test("ok/declining at a later tap does not withdraw an earlier consent", async () => {
    await world.granted(person);
    const enrolmentId = await world.tapped(person, [{ kind: "disclosure", agreed: false }]);
    await world.atTap()({ enrolmentId });
    expect(await kinds()).toEqual(["disclosure"]);
  });

  test("ok/a repeated run has the same result", async () => {
    const enrolmentId = await world.tapped(person, [{ kind: "disclosure" }]);
    for (let times = 0; times < 3; times += 1) await world.atTap()({ enrolmentId });
    const [consent] = await world.inForceOf(person);
    expect(consent?.revision).toBe(1);
    expect(await world.changesOf(consent!.id)).toHaveLength(1);
  });

  test("ok/a later tap renews; with other attributes it amends", async () => {
    for (const attributes of [all, all, ["name" as const]])
      await world.atTap()({ enrolmentId: await world.tapped(person, [{ kind: "disclosure", attributes }]) });
    const [consent] = await world.inForceOf(person);
    expect(consent).toMatchObject({ revision: 3, attributes: ["name"] });
    expect(await world.changesOf(consent!.id)).toMatchObject([
      { act: "grant" },
      { act: "renew" },
      { act: "amend" },
    ]);
  });

  test("ok/two taps at once never make two consents", async () => {
    const taps = await Promise.all(
      Array.from({ length: 4 }, () =>
        world.tapped(person, [{ kind: "disclosure" }, { kind: "register-refresh" }]),
      ),
    );
    await Promise.all(taps.map((enrolmentId) => world.atTap()({ enrolmentId })));
    const consents = await world.inForceOf(person);
    expect(consents.map(({ kind }) => kind)).toEqual(["disclosure", "register-refresh"]);
    expect(consents.map(({ revision }) => revision)).toEqual([4, 4]);
  });

  test.each(["device", "card", "operator"] as const)(
    "bad/withdrawn by %s after the tap and before the decision on it: the consent stays withdrawn",
    async (source) => {
      const first = await world.granted(person);
      const enrolmentId = await tappedAMinuteAgo();
      let overtaken = false;
      const overtaking = world.atTap(async (change) => {
        if (!overtaken) await world.changed(person, { consentId: first, act: "withdraw", source });
        overtaken = true;
        return world.startChange(change);
      });
      await overtaking({ enrolmentId });
      await world.atTap()({ enrolmentId });
      expect(await kinds()).toEqual([]);
      expect(await world.row(first)).toMatchObject({ state: "withdrawn" });
      // Given again at the next tap.
      await world.atTap()({ enrolmentId: await world.tapped(person, [{ kind: "disclosure" }]) });
      expect(await kinds()).toEqual(["disclosure"]);
    },
  );

  test.each([
    ["before the tap", "device", 120_000],
    ["at J-LIS, which says so only now", "j-lis", 0],
  ] as const)("ok/withdrawn %s, and the tap decided after it: granted anew", async (_, source, msAgo) => {
    const first = await world.granted(person);
    const enrolmentId = await tappedAMinuteAgo();
    let overtaken = false;
    await world.atTap(async (change) => {
      const withdrawal = { consentId: first, act: "withdraw", source } as const;
      const receivedAt = new Date(Date.now() - msAgo);
      if (!overtaken) await world.changed(person, { ...withdrawal, receivedAt });
      overtaken = true;
      return world.startChange(change);
    })({ enrolmentId });
    const [consent] = await world.inForceOf(person);
    expect(consent?.id).not.toBe(first);
    expect(consent).toMatchObject({ kind: "disclosure", revision: 1 });
  });

  test("fail/no answer: the activity fails, and the next attempt sends the same change", async () => {
    const enrolmentId = await world.tapped(person, [{ kind: "disclosure" }]);
    const brought: string[] = [];
    const silent = world.atTap(async ({ changeId }) => {
      brought.push(changeId);
      return { kind: "unanswered" };
    });
    await expect(silent({ enrolmentId })).rejects.toThrow("will be sent again");
    await world.atTap(async (change) => {
      brought.push(change.changeId);
      return world.startChange(change);
    })({ enrolmentId });
    expect(new Set(brought).size).toBe(1);
    expect(await kinds()).toEqual(["disclosure"]);
  });
});
