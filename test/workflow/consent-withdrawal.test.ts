import { describe, expect, test } from "@jest/globals";
import {
  answer,
  change,
  client,
  eventsOf,
  handleOf,
  inWorld,
  isOpen,
  move,
  now,
  pass,
  startForEachTest,
  until,
} from "./consent-environment.ts";
import { ConsentWorld } from "./consent-world.ts";

startForEachTest();

describe("withdrawal", () => {
  test("ok/while the person is asked: the question is closed, the party gets nothing, the lifecycle ends", async () => {
    const world = new ConsentWorld(now);
    await inWorld(world, async () => {
      await change(world, "grant");
      await move(world);
      await until(isOpen(world, 2));
      expect(await change(world, "withdraw-1")).toMatchObject({
        kind: "applied",
        view: { state: "withdrawn" },
      });
      expect(await handleOf(world).result()).toMatchObject({ state: "withdrawn", revision: 2 });
      expect(world.notifications.get(2)?.state).toBe("withdrawn");
      expect(world.received).toEqual([]);
    });
  });

  test("ok/after the press and before the party could be reached: nothing is transmitted", async () => {
    const world = new ConsentWorld(now);
    world.party = "down";
    await inWorld(world, async () => {
      await change(world, "grant");
      await move(world);
      await until(isOpen(world, 2));
      await answer(world, 2, "confirm");
      await pass(1);
      await change(world, "withdraw-1");
      world.party = "takes";
      expect(await handleOf(world).result()).toMatchObject({ state: "withdrawn" });
      expect(world.notifications.get(2)?.delivery).toBe("cancelled");
      expect(world.received).toEqual([]);
    });
  });

  test("ok/at the same moment as the press, many times: transmitted before the withdrawal or never, and the lifecycle always ends", async () => {
    const delivered: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      const world = new ConsentWorld(now);
      await inWorld(world, async () => {
        await change(world, "grant");
        await move(world);
        await until(isOpen(world, 2));
        const both = [() => answer(world, 2, "confirm"), () => change(world, `withdraw-${round}`)];
        const [first, second] = await Promise.all((round % 2 ? both.toReversed() : both).map((act) => act()));
        const [pressed, withdrawn] = round % 2 ? [second!, first!] : [first!, second!];
        expect(withdrawn).toMatchObject({ kind: "applied" });
        expect(["confirmed", "refused", "over", "unanswered"]).toContain(pressed.kind);
        expect(await handleOf(world).result()).toMatchObject({ state: "withdrawn" });
        const found = world.notifications.get(2)!;
        if (pressed.kind !== "confirmed") expect(found.state).toBe("withdrawn");
        expect(found.delivery === "delivered").toBe(world.received.length === 1);
        delivered.push(world.received.length);
      });
    }
    expect(delivered).toHaveLength(6);
  });

  test("ok/signals to an ended consent are accepted and have no effect", async () => {
    const world = new ConsentWorld(now);
    await inWorld(world, async () => {
      await change(world, "grant");
      await change(world, "withdraw-1");
      await handleOf(world).result();
      world.anchorVersion = 2;
      await client.signalAnchorRefreshed(world.consentId, 2);
      await client.reread(world.consentId);
      expect(await handleOf(world).result()).toMatchObject({ state: "withdrawn" });
      expect(world.notifications.size).toBe(0);
    });
  });

  test("ok/the same change again has the same outcome, also after the end", async () => {
    const world = new ConsentWorld(now);
    await inWorld(world, async () => {
      await Promise.all(Array.from({ length: 5 }, () => change(world, "grant")));
      expect(world.row?.revision).toBe(1);
      expect(await change(world, "grant-2")).toMatchObject({ code: "CONSENT_REVISION_PASSED" });
      const outcomes = await Promise.all(Array.from({ length: 5 }, () => change(world, "withdraw-1")));
      expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(["applied"]));
      await handleOf(world).result();
      expect(await change(world, "withdraw-1")).toMatchObject({ kind: "applied" });
      expect(await change(world, "withdraw-2")).toMatchObject({ code: "CONSENT_NOT_IN_FORCE" });
      expect(world.row?.revision).toBe(2);
    });
  });

  test("fail/a change of an unknown consent: refused, and no lifecycle is left", async () => {
    const world = new ConsentWorld(now);
    await inWorld(world, async () => {
      expect(await change(world, "withdraw-1")).toMatchObject({ code: "CONSENT_NOT_IN_FORCE" });
      expect(await handleOf(world).result()).toBeUndefined();
      expect(await client.state("no-such-consent")).toBeUndefined();
    });
  });
});

describe("towards the register", () => {
  test("ok/J-LIS is unavailable for three days: the consent is registered once it answers, and nothing else is delayed", async () => {
    const world = new ConsentWorld(now, "register-refresh");
    world.register = "unavailable";
    await inWorld(world, async () => {
      await change(world, "grant");
      await pass(3);
      expect(await client.state(world.consentId)).toMatchObject({ registerPending: true });
      expect(await change(world, "renew-1")).toMatchObject({ kind: "applied" });
      const before = (await eventsOf(world)).length;
      world.register = "answers";
      await pass(1);
      expect(await client.state(world.consentId)).toMatchObject({ registerPending: false, revision: 2 });
      expect((await eventsOf(world)).length - before).toBeLessThan(10);
      expect(before).toBeLessThan(30);
    });
  });

  test("ok/withdrawn while J-LIS is unavailable: ended at once, and J-LIS is not asked again", async () => {
    const world = new ConsentWorld(now, "register-refresh");
    world.register = "unavailable";
    await inWorld(world, async () => {
      await change(world, "grant");
      await pass(1);
      await change(world, "withdraw-1");
      expect(await handleOf(world).result()).toMatchObject({ state: "withdrawn" });
      const asked = world.count("registerConsent");
      await pass(3);
      expect(world.count("registerConsent")).toBe(asked);
    });
  });

  test("ok/a move notifies nobody: this consent is for asking J-LIS, not for disclosure", async () => {
    const world = new ConsentWorld(now, "register-refresh");
    await inWorld(world, async () => {
      await change(world, "grant");
      await move(world);
      await pass(1);
      expect(world.notifications.size).toBe(0);
    });
  });
});
