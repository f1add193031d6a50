import { randomUUID } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { MockActivityEnvironment } from "@temporalio/testing";
import { createConsentSweepActivities } from "../../../activities/consent/sweeps.ts";
import {
  JLisBusy,
  JLisRefusal,
  JLisUnavailable,
  type RegisterConsent,
} from "../../../activities/j-lis/j-lis.ts";
import { consentsShownTo } from "../../../registry/consent/list.ts";
import { person, playConsents, registry, world } from "./consent-registry.ts";
import { heldByRegister } from "./world.ts";

playConsents();

/** Taps with a consent towards the register; returns it. */
async function tap(cms: string = randomUUID(), by = person): Promise<string> {
  const enrolmentId = await world.tapped(by, [{ kind: "register-refresh" }], cms);
  await world.atTap()({ enrolmentId });
  return (await world.inForceOf(by))[0]!.id;
}
const hand = (consentId: string) => world.activities.registerConsent({ consentId });
const refuses = async (): Promise<RegisterConsent> => {
  throw new JLisRefusal("CERTIFICATE_REVOKED");
};

describe("handing a consent to J-LIS", () => {
  test("ok/the card's signed consent is sent to J-LIS, whose id and term are kept", async () => {
    const held = heldByRegister(world.plays.now);
    world.plays.register = async () => held;
    const consentId = await tap("signed by the card");
    expect(await world.row(consentId)).toMatchObject({ registerState: "pending", partyId: null });
    expect(await hand(consentId)).toMatchObject({
      registerPending: false,
      revision: 1,
      validUntil: held.validUntil,
    });
    expect(world.plays.handed).toEqual(["signed by the card"]);
    expect(await world.row(consentId)).toMatchObject({ registerState: "held", registerId: held.id });
    await hand(consentId);
    expect(world.plays.handed).toHaveLength(1);
  });

  test("fail/J-LIS refuses: the refusal is recorded, and its reason nowhere", async () => {
    const consentId = await tap();
    world.plays.register = refuses;
    expect(await hand(consentId)).toMatchObject({ registerPending: false, state: "in-force" });
    expect(await world.row(consentId)).toMatchObject({ registerState: "refused", registerId: null });
    const kept = await registry.pool.query("select jsonb_agg(a)::text as lines from audit_lines a");
    expect(kept.rows[0].lines).toContain("consent-handed-to-register");
    expect(kept.rows[0].lines).not.toMatch(/REVOKED|CERTIFICATE/);
  });

  test("ok/a refused renewal leaves the earlier consent in force at J-LIS", async () => {
    const held = heldByRegister(world.plays.now);
    world.plays.register = async () => held;
    const consentId = await tap();
    await hand(consentId);
    expect(await tap()).toBe(consentId);
    expect(await world.row(consentId)).toMatchObject({ registerState: "pending", revision: 2 });
    world.plays.register = refuses;
    await hand(consentId);
    expect(await world.row(consentId)).toMatchObject({ registerState: "held", registerId: held.id });
  });

  test("fail/J-LIS is unavailable or busy: nothing is recorded, and a quota says when to retry", async () => {
    const consentId = await tap();
    world.plays.register = async () => {
      throw new JLisUnavailable("unavailable");
    };
    await expect(hand(consentId)).rejects.toThrow(JLisUnavailable);
    world.plays.register = async () => {
      throw new JLisBusy(7_000);
    };
    await expect(hand(consentId)).rejects.toMatchObject({ type: "JLisBusy", nextRetryDelay: 7_000 });
    expect(await world.row(consentId)).toMatchObject({ registerState: "pending" });
  });

  test("ok/withdrawn while J-LIS answers: the withdrawal at J-LIS waits for the card", async () => {
    const consentId = await tap();
    world.plays.register = async () => {
      await world.changed(person, { consentId, kind: "register-refresh", act: "withdraw" });
      return heldByRegister(world.plays.now);
    };
    expect(await hand(consentId)).toMatchObject({ state: "withdrawn", registerPending: false });
    expect(await world.row(consentId)).toMatchObject({
      registerState: "withdrawal-pending",
      state: "withdrawn",
    });
  });

  test("ok/given anew while J-LIS answers: the newly signed consent is sent next", async () => {
    const consentId = await tap("first");
    world.plays.register = async () => {
      world.plays.register = async () => heldByRegister(world.plays.now);
      await tap("second");
      return heldByRegister(world.plays.now);
    };
    expect(await hand(consentId)).toMatchObject({ registerPending: true, revision: 2 });
    expect(await hand(consentId)).toMatchObject({ registerPending: false, revision: 2 });
    expect(world.plays.handed).toEqual(["first", "second"]);
  });
});

describe("withdrawal towards the register", () => {
  const withdraw = (consentId: string) =>
    world.changed(person, { consentId, kind: "register-refresh", act: "withdraw" });

  test("ok/never registered at J-LIS: ended on both sides", async () => {
    const consentId = await tap();
    await withdraw(consentId);
    expect(await world.row(consentId)).toMatchObject({ state: "withdrawn", registerState: "withdrawn" });
    await hand(consentId);
    expect(world.plays.handed).toEqual([]);
  });

  test("ok/registered at J-LIS: ended here at once, pending there until a newer one replaces it", async () => {
    const first = await tap();
    await hand(first);
    await withdraw(first);
    expect(await world.row(first)).toMatchObject({ state: "withdrawn", registerState: "withdrawal-pending" });
    const second = await tap();
    expect(second).not.toBe(first);
    await hand(second);
    expect(await world.row(first)).toMatchObject({ registerState: "withdrawn" });
    expect(await world.row(second)).toMatchObject({ registerState: "held", state: "in-force" });
  });
});

describe("sweeps", () => {
  const sweeps = (find: (id: string) => Promise<RegisterConsent | undefined> = async () => undefined) => {
    const signalled: [string, number][] = [];
    const reread: string[] = [];
    const activities = createConsentSweepActivities({
      ...world.deps,
      startChange: world.startChange,
      jlis: { findConsent: find },
      signalConsent: async (id, version) => void signalled.push([id, version]),
      rereadConsent: async (id) => void reread.push(id),
      registerPauseMs: 0,
      overdueMs: 86_400_000,
    });
    const run = (activity: () => Promise<number>) => new MockActivityEnvironment().run(activity);
    return { activities, signalled, reread, run };
  };

  test("ok/changes written by a process of the previous version are shown to the parties, each with a receipt", async () => {
    await world.atTap()({ enrolmentId: await world.tapped(person, [{ kind: "register-refresh" }]) });
    const [consent] = await world.inForceOf(person);
    const { pool } = registry;
    await pool.query(
      "delete from consent_view_lines where name in (select name from consent_views where consent_id = $1)",
      [consent!.id],
    );
    await pool.query("delete from consent_views where consent_id = $1", [consent!.id]);
    const shown = async () => (await consentsShownTo(pool, person, world.plays.now, { limit: 10 })).rows;
    expect(await shown()).toEqual([]);
    const { activities, run } = sweeps();
    for (let times = 0; times < 2; times += 1) await run(activities.signalConsentsBehind);
    expect(await shown()).toMatchObject([
      { kind: "register-refresh", state: "in-force", revision: 1, receipt: expect.stringMatching(/^ey/) },
    ]);
  });

  test("ok/consents behind their attribute record are signalled; decided or withdrawn ones are not", async () => {
    const behind = await world.granted(person);
    const [settled, withdrawn] = [await world.newPerson(), await world.newPerson()];
    await world.granted(settled);
    const ended = await world.granted(withdrawn);
    await world.changed(withdrawn, { consentId: ended, act: "withdraw" });
    await world.move(person, 2);
    await world.move(withdrawn, 2);
    const { activities, signalled, reread, run } = sweeps();
    await run(activities.signalConsentsBehind);
    expect(signalled).toContainEqual([behind, 2]);
    expect(signalled.map(([id]) => id)).not.toContain(ended);
    expect(new Set(signalled.map(([, version]) => version))).toEqual(new Set([2]));
    expect(reread).toEqual([]);
  });

  test("ok/a consent whose reminder is days late is signalled", async () => {
    const consentId = await world.granted(person);
    const { remindAt } = await world.row(consentId);
    world.plays.now = new Date(remindAt.getTime() + 2 * 86_400_000);
    const { activities, reread, run } = sweeps();
    await run(activities.signalConsentsBehind);
    expect(reread).toContain(consentId);
  });

  test("ok/withdrawn at J-LIS: withdrawn here once, with a receipt that says by whom", async () => {
    const held = heldByRegister(world.plays.now);
    world.plays.register = async () => held;
    const consentId = await tap();
    await hand(consentId);
    const find = async (id: string) =>
      id === held.id ? { ...held, state: "withdrawn" as const } : undefined;
    const { activities, run } = sweeps(find);
    expect(await run(activities.sweepRegisterConsents)).toBe(1);
    expect(await world.row(consentId)).toMatchObject({
      state: "withdrawn",
      registerState: "withdrawn",
      revision: 2,
    });
    expect(await world.changesOf(consentId)).toMatchObject([
      { act: "grant" },
      { act: "withdraw", source: "j-lis" },
    ]);
    expect(await run(activities.sweepRegisterConsents)).toBe(0);
  });

  test("ok/a pending withdrawal that J-LIS has made is no longer pending", async () => {
    const held = heldByRegister(world.plays.now);
    world.plays.register = async () => held;
    const consentId = await tap();
    await hand(consentId);
    await world.changed(person, { consentId, kind: "register-refresh", act: "withdraw" });
    const find = async (id: string) =>
      id === held.id ? { ...held, state: "withdrawn" as const } : undefined;
    const { activities, run } = sweeps(find);
    expect(await run(activities.sweepRegisterConsents)).toBe(0);
    expect(await world.row(consentId)).toMatchObject({ registerState: "withdrawn", revision: 2 });
  });

  test("fail/replaced at J-LIS by a renewal during the sweep: nothing is withdrawn here", async () => {
    const [first, second] = [heldByRegister(world.plays.now), heldByRegister(world.plays.now)];
    world.plays.register = async () => first;
    const consentId = await tap();
    await hand(consentId);
    const find = async (id: string) => {
      if (id !== first.id) return undefined;
      world.plays.register = async () => second;
      await tap();
      await hand(consentId);
      return { ...first, state: "withdrawn" as const };
    };
    const { activities, run } = sweeps(find);
    expect(await run(activities.sweepRegisterConsents)).toBe(0);
    expect(await world.row(consentId)).toMatchObject({ state: "in-force", registerId: second.id });
  });

  test("fail/J-LIS is unavailable: the sweep fails, and the next attempt goes on after the consents already asked about", async () => {
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      const by = await world.newPerson();
      ids.push(await tap(undefined, by));
      await hand(ids[count]!);
    }
    const asked: string[] = [];
    const unavailable = sweeps(async (id) => {
      asked.push(id);
      if (asked.length === 2) throw new JLisUnavailable("unavailable");
      return undefined;
    });
    const environment = new MockActivityEnvironment();
    const beats: unknown[] = [];
    environment.on("heartbeat", (details: unknown) => beats.push(details));
    await expect(environment.run(unavailable.activities.sweepRegisterConsents)).rejects.toThrow(
      JLisUnavailable,
    );
    const again: string[] = [];
    const { activities } = sweeps(async (id) => {
      again.push(id);
      return undefined;
    });
    await new MockActivityEnvironment({ heartbeatDetails: beats.at(-1) }).run(
      activities.sweepRegisterConsents,
    );
    expect(again).not.toContain(asked[0]);
    expect(again).toContain(asked[1]);
  });
});
