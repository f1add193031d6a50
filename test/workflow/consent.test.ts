import { describe, expect, test } from "@jest/globals";
import { type ConsentView } from "../../workflows/consent/contract.ts";
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
  runIdOf,
  startForEachTest,
  until,
} from "./consent-environment.ts";
import { ConsentWorld, day } from "./consent-world.ts";

startForEachTest();

describe("a consent's years", () => {
  test("ok/ten years: reminded yearly, then expired to the day", async () => {
    const world = new ConsentWorld(now);
    await inWorld(world, async () => {
      expect(await change(world, "grant")).toMatchObject({ kind: "applied", view: { revision: 1 } });
      const { validUntil } = world.row!;
      const ended = (await handleOf(world).result()) as ConsentView;
      expect(ended).toMatchObject({ state: "expired", revision: 2 });
      expect(Math.abs((await now()) - Date.parse(validUntil))).toBeLessThan(day);
      expect(world.count("remindOfConsent")).toBe(9);
      expect(await change(world, "withdraw-1")).toMatchObject({ code: "CONSENT_NOT_IN_FORCE" });
    });
  });

  test("ok/an idle year is at most 30 events", async () => {
    const world = new ConsentWorld(now);
    await inWorld(world, async () => {
      await change(world, "grant");
      const granted = (await eventsOf(world)).length;
      await pass(3 * 365 + 1);
      const added = (await eventsOf(world)).length - granted;
      expect(world.count("remindOfConsent")).toBe(3);
      expect(added / 3).toBeLessThanOrEqual(30);
      // Each year has a timer that fired, a reminder, and a new timer.
      expect(added / 3).toBeGreaterThan(5);
    });
  });

  test("ok/widened: its own events are transmitted once, and once more for the next widening", async () => {
    const world = new ConsentWorld(now);
    await inWorld(world, async () => {
      await change(world, "grant");
      expect(world.count("announceConsent")).toBe(0);
      world.announcing = true;
      await change(world, "renew-1");
      await until(() => world.count("announceConsent") === 1);
      await pass(1);
      expect(world.count("announceConsent")).toBe(1);
      world.announcing = true;
      await change(world, "renew-2");
      await until(() => world.count("announceConsent") === 2);
    });
  });

  test("ok/renewed: the term that counts is the newest", async () => {
    const world = new ConsentWorld(now);
    world.termDays = 5 * 365;
    await inWorld(world, async () => {
      await change(world, "grant");
      const { validUntil } = world.row!;
      await pass(4 * 365);
      await change(world, "renew-1");
      expect(Date.parse(world.row!.validUntil) - Date.parse(validUntil)).toBeGreaterThan(3.9 * 365 * day);
      await handleOf(world).result();
      expect(world.row?.state).toBe("expired");
      expect(Math.abs((await now()) - Date.parse(world.row!.validUntil))).toBeLessThan(day);
    });
  });

  test("ok/ten years through many runs: none is ended while a notification is open, nothing is lost", async () => {
    const world = new ConsentWorld(now);
    const signals = async (count: number) => {
      for (let sent = 0; sent < count; sent += 1) await client.signalAnchorRefreshed(world.consentId, 2);
    };
    await inWorld(world, async () => {
      await change(world, "grant");
      const first = await runIdOf(world);
      await move(world);
      await until(isOpen(world, 2));
      await signals(320);
      await pass(1);
      expect(await runIdOf(world)).toBe(first);
      expect(isOpen(world, 2)()).toBe(true);

      expect(await answer(world, 2, "confirm")).toEqual({ kind: "confirmed" });
      await until(() => world.received.includes(2));
      await pass(8);
      const second = await runIdOf(world);
      expect(second).not.toBe(first);
      expect((await eventsOf(world)).length).toBeLessThan(20);
      expect(await client.state(world.consentId)).toMatchObject({ settledVersion: 2, revision: 1 });

      await pass(4 * 365);
      await move(world);
      await until(isOpen(world, 3));
      expect(await answer(world, 3, "confirm")).toEqual({ kind: "confirmed" });
      await until(() => world.received.includes(3));
      expect(await handleOf(world).result()).toMatchObject({ state: "expired", settledVersion: 3 });
      expect(world.received).toEqual([2, 3]);
      expect(world.count("remindOfConsent")).toBe(9);
    });
  });
});

describe("one notification at a time", () => {
  test("ok/repeated, late and unordered signals start one notification", async () => {
    const world = new ConsentWorld(now);
    await inWorld(world, async () => {
      await change(world, "grant");
      world.anchorVersion = 3;
      for (const version of [3, 2, 3, 1, 3]) await client.signalAnchorRefreshed(world.consentId, version);
      await until(isOpen(world, 3));
      await answer(world, 3, "confirm");
      await until(() => world.received.length > 0);
      await pass(20);
      for (const version of [1, 2, 3]) await client.signalAnchorRefreshed(world.consentId, version);
      await pass(1);
      expect([...world.notifications.keys()]).toEqual([3]);
      expect(world.received).toEqual([3]);
    });
  });

  test("ok/a newer version ends the older notification before the press, and is asked about next", async () => {
    const world = new ConsentWorld(now);
    await inWorld(world, async () => {
      await change(world, "grant");
      await move(world);
      await until(isOpen(world, 2));
      await move(world);
      await until(isOpen(world, 3));
      expect(world.notifications.get(2)?.state).toBe("superseded");
      expect(await answer(world, 2, "confirm")).toMatchObject({ kind: "over" });
      expect(await answer(world, 3, "confirm")).toEqual({ kind: "confirmed" });
      await until(() => world.received.length > 0);
      expect(world.received).toEqual([3]);
    });
  });

  test("ok/many moves at once: the newest is asked about", async () => {
    const world = new ConsentWorld(now);
    await inWorld(world, async () => {
      await change(world, "grant");
      await Promise.all(Array.from({ length: 8 }, () => move(world)));
      await until(isOpen(world, 9));
      expect(world.open().map(({ version }) => version)).toEqual([9]);
    });
  });

  test("ok/after the press a newer version waits until the party has received the older", async () => {
    const world = new ConsentWorld(now);
    world.party = "down";
    await inWorld(world, async () => {
      await change(world, "grant");
      await move(world);
      await until(isOpen(world, 2));
      await answer(world, 2, "confirm");
      await move(world);
      await pass(2);
      expect(world.notifications.has(3)).toBe(false);
      world.party = "takes";
      await pass(1);
      await until(isOpen(world, 3));
      await answer(world, 3, "confirm");
      await until(() => world.received.length === 2);
      expect(world.received).toEqual([2, 3]);
    });
  });

  test("ok/a declined or expired version is decided: nobody is asked twice about it", async () => {
    const world = new ConsentWorld(now);
    await inWorld(world, async () => {
      await change(world, "grant");
      await move(world);
      await until(isOpen(world, 2));
      await answer(world, 2, "decline");
      await move(world);
      await until(isOpen(world, 3));
      await pass(31);
      expect(world.notifications.get(3)?.state).toBe("expired");
      await client.signalAnchorRefreshed(world.consentId, 3);
      await pass(1);
      expect(world.count("open 2") + world.count("open 3")).toBe(2);
      expect(world.received).toEqual([]);
    });
  });

  test("ok/an attribute record that changed during the grant is found without a signal", async () => {
    const world = new ConsentWorld(now);
    const registry = { ...world.consent };
    // The refresh lists the consents after the grant has read the anchor, and before it is committed: it sees none.
    world.consent.applyChange = async (given) => {
      const outcome = await registry.applyChange(given);
      await move(world, false);
      return outcome;
    };
    await inWorld(world, async () => {
      expect(await change(world, "grant")).toMatchObject({ kind: "applied", view: { currentVersion: 1 } });
      await until(isOpen(world, 2));
    });
  });

  test("ok/a lost lifecycle: the notification under way goes on, and the next signal starts the lifecycle anew", async () => {
    const world = new ConsentWorld(now);
    await inWorld(world, async () => {
      await change(world, "grant");
      await move(world);
      await until(isOpen(world, 2));
      await handleOf(world).terminate();
      await client.signalAnchorRefreshed(world.consentId, 2);
      await pass(1);
      expect(await answer(world, 2, "confirm")).toEqual({ kind: "confirmed" });
      await until(() => world.received.length > 0);
      await move(world);
      await until(isOpen(world, 3));
      expect(world.received).toEqual([2]);
    });
  });
});
