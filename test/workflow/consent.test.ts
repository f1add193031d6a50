import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { WorkflowNotFoundError } from "@temporalio/client";
import { TestWorkflowEnvironment } from "@temporalio/testing";
import {
  bundleWorkflowCode,
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from "@temporalio/worker";
import { ConsentClient } from "../../client/operator/consent.ts";
import { NotificationClient } from "../../client/operator/notification.ts";
import { changeDetection } from "../../workflows/change-detection/contract.ts";
import { type ConsentView, consent } from "../../workflows/consent/contract.ts";
import { notification } from "../../workflows/notification/contract.ts";
import { ConsentWorld, day } from "./consent-world.ts";
import { removeGlobalHooks } from "./global-hooks.ts";

const waitMs = 20_000;
let environment: TestWorkflowEnvironment;
let workflowBundle: WorkflowBundleWithSourceMap;
let client: ConsentClient;
let notifications: NotificationClient;
let current: ConsentWorld | undefined;
let workers: Worker[] = [];
let running: Promise<unknown>;

let server: string;

beforeAll(async () => {
  const path = process.env["KAZASU_TEMPORAL_TEST_SERVER"];
  if (!path) throw new Error("KAZASU_TEMPORAL_TEST_SERVER is not set; run the tests by `npm test`.");
  server = path;
  const logger = new DefaultLogger("ERROR");
  const filter = makeTelemetryFilterString({ core: "ERROR", other: "ERROR" });
  Runtime.install({ logger, telemetryOptions: { logging: { filter } } });
  const workflowsPath = fileURLToPath(new URL("./consent-workflows.ts", import.meta.url));
  workflowBundle = await bundleWorkflowCode({ workflowsPath, logger });
});
afterAll(removeGlobalHooks);

// A server for each test: one whose workflow was ended while an activity was at work may never skip time again.
beforeEach(async () => {
  environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: "existing-path", path: server } },
  });
  client = new ConsentClient(environment.client);
  notifications = new NotificationClient(environment.client);
  const common = { connection: environment.nativeConnection, activities: activitiesOfNow() };
  workers = await Promise.all([
    Worker.create({ ...common, workflowBundle, taskQueue: consent.taskQueue }),
    Worker.create({ ...common, taskQueue: changeDetection.registerTaskQueue }),
  ]);
  running = Promise.all(workers.map((worker) => worker.run()));
});
afterEach(async () => {
  for (const worker of workers) worker.shutdown();
  await running;
  await environment?.teardown();
});

const now = () => environment.currentTimeMs();
const pass = (days: number) => environment.sleep(days * day);

/**
 * Runs `act` in a world of its own. Afterwards nothing that must not happen may have happened.
 */
async function inWorld(world: ConsentWorld, act: () => Promise<void>): Promise<void> {
  current = world;
  try {
    await act();
  } finally {
    await endOf(world);
  }
  expect(world.wrongs).toEqual([]);
}

/** Activities of whatever world is current. */
function activitiesOfNow(): Record<string, (input: never) => Promise<unknown>> {
  const { consent: ofConsent, notification: ofNotification } = new ConsentWorld(now);
  const names = Object.keys({ ...ofConsent, ...ofNotification });
  return Object.fromEntries(
    names.map((name) => [
      name,
      async (input: never) => {
        const activities = { ...current!.consent, ...current!.notification } as unknown as Record<
          string,
          (input: never) => Promise<unknown>
        >;
        return activities[name]!(input);
      },
    ]),
  );
}

/** What still runs would meet the next test's world. */
async function endOf({ consentId, notifications: opened }: ConsentWorld): Promise<void> {
  const ids = [...opened.keys()].map((version) => notification.workflowId(consentId, version));
  for (const id of [consent.workflowId(consentId), ...ids]) {
    const handle = environment.client.workflow.getHandle(id);
    await handle.terminate().catch((error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    });
  }
}

const handleOf = ({ consentId }: ConsentWorld) =>
  environment.client.workflow.getHandle(consent.workflowId(consentId));
const change = (world: ConsentWorld, changeId: string) =>
  client.change({ consentId: world.consentId, changeId }, waitMs);
const runIdOf = async (world: ConsentWorld) => (await handleOf(world).describe()).runId;
const eventsOf = async (world: ConsentWorld) => (await handleOf(world).fetchHistory()).events ?? [];

/** The anchor has moved on, and change detection says so. */
async function move(world: ConsentWorld, signal = true): Promise<void> {
  world.anchorVersion += 1;
  if (signal) await client.signalAnchorRefreshed(world.consentId, world.anchorVersion);
}
const answer = (world: ConsentWorld, version: number, how: "confirm" | "decline") => {
  const notificationId = `${version}`;
  return notifications.answer(
    { consentId: world.consentId, version, notificationId, answerId: `${how}-${version}` },
    waitMs,
  );
};

/** Looks again until it is so; each look passes a little of the server's time. */
async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < 200; looks += 1) {
    if (await what()) return;
    await environment.sleep(100);
  }
  throw new Error(`This never came: ${String(what)}`);
}
const isOpen = (world: ConsentWorld, version: number) => () =>
  world.open().some((found) => found.version === version);

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
      await until(() => world.told.includes(2));
      await pass(8);
      const second = await runIdOf(world);
      expect(second).not.toBe(first);
      expect((await eventsOf(world)).length).toBeLessThan(20);
      expect(await client.state(world.consentId)).toMatchObject({ settledVersion: 2, revision: 1 });

      await pass(4 * 365);
      await move(world);
      await until(isOpen(world, 3));
      expect(await answer(world, 3, "confirm")).toEqual({ kind: "confirmed" });
      await until(() => world.told.includes(3));
      expect(await handleOf(world).result()).toMatchObject({ state: "expired", settledVersion: 3 });
      expect(world.told).toEqual([2, 3]);
      expect(world.count("remindOfConsent")).toBe(9);
    });
  });

  test("ok/a change that comes at the end of a run is answered", async () => {
    const world = new ConsentWorld(now);
    await inWorld(world, async () => {
      await change(world, "grant");
      const first = await runIdOf(world);
      const { consentId } = world;
      const hasty = (changeId: string) => client.change({ consentId, changeId }, 8_000);
      const names = Array.from({ length: 320 }, (_, index) => `renew-${index}`);
      for (let start = 0; start < names.length; start += 20) {
        const outcomes = await Promise.all(names.slice(start, start + 20).map(hasty));
        for (const [index, outcome] of outcomes.entries()) {
          const settled =
            outcome.kind === "unanswered" ? await change(world, names[start + index]!) : outcome;
          expect(settled.kind).toBe("applied");
        }
      }
      expect(world.row?.revision).toBe(321);
      expect(await runIdOf(world)).not.toBe(first);
      expect(await client.state(world.consentId)).toMatchObject({ revision: 321 });
    });
  });
});

describe("one notification at a time", () => {
  test("ok/signals twice, late and out of order are one notification", async () => {
    const world = new ConsentWorld(now);
    await inWorld(world, async () => {
      await change(world, "grant");
      world.anchorVersion = 3;
      for (const version of [3, 2, 3, 1, 3]) await client.signalAnchorRefreshed(world.consentId, version);
      await until(isOpen(world, 3));
      await answer(world, 3, "confirm");
      await until(() => world.told.length > 0);
      await pass(20);
      for (const version of [1, 2, 3]) await client.signalAnchorRefreshed(world.consentId, version);
      await pass(1);
      expect([...world.notifications.keys()]).toEqual([3]);
      expect(world.told).toEqual([3]);
    });
  });

  test("ok/a newer version ends the older before the press, and is asked about next", async () => {
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
      await until(() => world.told.length > 0);
      expect(world.told).toEqual([3]);
    });
  });

  test("ok/many moves at once: the newest is asked about, whatever the others came to", async () => {
    const world = new ConsentWorld(now);
    await inWorld(world, async () => {
      await change(world, "grant");
      await Promise.all(Array.from({ length: 8 }, () => move(world)));
      await until(isOpen(world, 9));
      expect(world.open().map(({ version }) => version)).toEqual([9]);
    });
  });

  test("ok/after the press a newer version waits until the party was told the older", async () => {
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
      await until(() => world.told.length === 2);
      expect(world.told).toEqual([2, 3]);
    });
  });

  test("ok/declined and expired are decided: nobody is asked twice about one version", async () => {
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
      expect(world.told).toEqual([]);
    });
  });

  test("ok/an anchor that moved while the consent was granted is found without any signal", async () => {
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

  test("ok/a lost lifecycle: what is being told goes on, and the next signal starts it anew", async () => {
    const world = new ConsentWorld(now);
    await inWorld(world, async () => {
      await change(world, "grant");
      await move(world);
      await until(isOpen(world, 2));
      await handleOf(world).terminate();
      await client.signalAnchorRefreshed(world.consentId, 2);
      await pass(1);
      expect(await answer(world, 2, "confirm")).toEqual({ kind: "confirmed" });
      await until(() => world.told.length > 0);
      await move(world);
      await until(isOpen(world, 3));
      expect(world.told).toEqual([2]);
    });
  });
});

describe("withdrawal", () => {
  test("ok/in the middle of asking: the person is asked no more, the party hears nothing, the lifecycle ends", async () => {
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
      expect(world.told).toEqual([]);
    });
  });

  test("ok/after the press, before the party could be reached: nothing is told any more", async () => {
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
      expect(world.told).toEqual([]);
    });
  });

  test("ok/in the same moment as the press, many times: told before it or never, and always over", async () => {
    const told: number[] = [];
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
        expect(found.delivery === "delivered").toBe(world.told.length === 1);
        told.push(world.told.length);
      });
    }
    expect(told).toHaveLength(6);
  });

  test("ok/signals to a consent that is over are taken, and nothing comes of them", async () => {
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

  test("fail/a change of a consent that never was: refused, and no lifecycle stays behind", async () => {
    const world = new ConsentWorld(now);
    await inWorld(world, async () => {
      expect(await change(world, "withdraw-1")).toMatchObject({ code: "CONSENT_NOT_IN_FORCE" });
      expect(await handleOf(world).result()).toBeUndefined();
      expect(await client.state("no-such-consent")).toBeUndefined();
    });
  });
});

describe("towards the register", () => {
  test("ok/J-LIS away for three days: handed over once it answers, and meanwhile nothing waits", async () => {
    const world = new ConsentWorld(now, "register-refresh");
    world.register = "away";
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

  test("ok/withdrawn while J-LIS is away: over at once, and J-LIS is not asked any more", async () => {
    const world = new ConsentWorld(now, "register-refresh");
    world.register = "away";
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

  test("ok/a move tells nobody: this consent is for asking, not for telling", async () => {
    const world = new ConsentWorld(now, "register-refresh");
    await inWorld(world, async () => {
      await change(world, "grant");
      await move(world);
      await pass(1);
      expect(world.notifications.size).toBe(0);
    });
  });
});
