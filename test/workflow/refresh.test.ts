import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ApplicationFailure } from "@temporalio/common";
import type { TestWorkflowEnvironment } from "@temporalio/testing";
import * as fc from "fast-check";
import { ChangeDetectionClient } from "../../client/engine/change-detection.ts";
import {
  type ChangeDetectionActivities,
  changeDetection,
  type RefreshActivities,
  refreshFailures,
} from "../../workflows/change-detection/contract.ts";
import { initialState, isIdle, reduce } from "../../workflows/change-detection/state.ts";
import { removeGlobalHooks } from "./global-hooks.ts";
import { activitiesOf, bundle, startServer, startWorkers } from "./time-skipping.ts";

const day = 86_400_000;
let env: TestWorkflowEnvironment;
let client: ChangeDetectionClient;
let current: Activities = {};
let stop: () => Promise<void>;

type Activities = Record<string, (input: never) => Promise<unknown>>;
const names = ["classifyHit", "refreshAnchor", "tellConsents", "readCrlParts", "dispatchHits"];

beforeAll(async () => {
  const workflowBundle = await bundle("./refresh-workflows.ts");
  env = await startServer();
  client = new ChangeDetectionClient(env.client);
  const activities = activitiesOf(names, () => current);
  stop = await startWorkers(
    env,
    { workflowBundle, activities, taskQueue: changeDetection.taskQueue },
    { activities, taskQueue: changeDetection.registerTaskQueue },
  );
});
afterAll(async () => {
  await stop?.();
  await env?.teardown();
  removeGlobalHooks();
});

/** The register and the registry as a test wants them; what was called, in order. */
function world(plays: Partial<RefreshActivities & ChangeDetectionActivities> = {}) {
  const calls: string[] = [];
  const activities: RefreshActivities & ChangeDetectionActivities = {
    classifyHit: async () => ({ kind: "fetch" }),
    refreshAnchor: async () => ({ version: 2, changed: true }),
    tellConsents: async () => {},
    readCrlParts: async () => ({ parts: 2, refused: 0, entries: 9, newEntries: 3, hits: 1 }),
    dispatchHits: async () => 1,
    ...plays,
  };
  const noted = Object.fromEntries(
    Object.entries(activities).map(([name, act]) => [
      name,
      async (input: { hitId?: string } | undefined) => {
        calls.push(input?.hitId === undefined ? name : `${name} ${input.hitId}`);
        return (act as (input: unknown) => Promise<unknown>)(input);
      },
    ]),
  );
  return { calls, activities: noted as Activities };
}

/** Runs `act` in a world of its own; the workers stay, for one that has just stopped may still be given a task. */
async function inWorld(activities: Activities, act: () => Promise<void>): Promise<void> {
  current = activities;
  await act();
}

const handleOf = (subjectId: string) =>
  env.client.workflow.getHandle(changeDetection.refreshWorkflowId(subjectId));
const eventsOf = async (subjectId: string) => (await handleOf(subjectId).fetchHistory()).events?.length ?? 0;

describe("refresh", () => {
  test("ok/a CRL match is classified, J-LIS is asked once, and the consents are signalled", async () => {
    const { calls, activities } = world();
    const subjectId = randomUUID();
    await inWorld(activities, async () => {
      await client.signalRefresh(subjectId, "h1");
      await handleOf(subjectId).result();
      expect(calls).toEqual(["classifyHit h1", "refreshAnchor h1", "tellConsents"]);
    });
  });

  test("ok/eight weeks without a new certificate: at most 20 events, and no call too many", async () => {
    const weeks = 8;
    let asked = 0;
    const { activities } = world({
      refreshAnchor: async () => {
        asked += 1;
        if (asked <= weeks * 7)
          throw ApplicationFailure.create({
            type: refreshFailures.notSyncedYet,
            message: "not yet",
            nextRetryDelay: day,
          });
        return { version: 2, changed: true };
      },
    });
    const subjectId = randomUUID();
    await inWorld(activities, async () => {
      const started = await env.currentTimeMs();
      await client.signalRefresh(subjectId, "h1");
      await handleOf(subjectId).result();
      expect((await env.currentTimeMs()) - started).toBeGreaterThanOrEqual(weeks * 7 * day);
      expect(asked).toBe(weeks * 7 + 1);
      expect(await eventsOf(subjectId)).toBeLessThanOrEqual(20);
    });
  });

  test("ok/a second CRL match during a refresh is handled after it, a repeated one only once", async () => {
    const subjectId = randomUUID();
    const { calls, activities } = world({
      refreshAnchor: async ({ hitId }) => {
        if (hitId === "h1") {
          await client.signalRefresh(subjectId, "h2");
          await client.signalRefresh(subjectId, "h1");
          await client.signalRefresh(subjectId, "h2");
        }
        return { version: 2, changed: true };
      },
    });
    await inWorld(activities, async () => {
      await client.signalRefresh(subjectId, "h1");
      await handleOf(subjectId).result();
      expect(calls.filter((call) => call.startsWith("refreshAnchor"))).toEqual([
        "refreshAnchor h1",
        "refreshAnchor h2",
      ]);
    });
  });

  test.each([
    ["nothing", ["classifyHit h1", "tellConsents"]],
    ["link", ["classifyHit h1", "refreshAnchor h1", "tellConsents"]],
    ["operator", ["classifyHit h1"]],
  ] as const)("ok/what asks for %s gets no more than that", async (kind, expected) => {
    const { calls, activities } = world({ classifyHit: async () => ({ kind }) });
    const subjectId = randomUUID();
    await inWorld(activities, async () => {
      await client.signalRefresh(subjectId, "h1");
      await handleOf(subjectId).result();
      expect(calls).toEqual(expected);
    });
  });

  test("ok/the daily run reports what it read and started", async () => {
    await inWorld(world().activities, async () => {
      expect(await client.runNow()).toEqual({
        parts: 2,
        refused: 0,
        entries: 9,
        newEntries: 3,
        hits: 1,
        dispatched: 1,
      });
    });
  });

  test("ok/in any order of messages, every CRL match is handled once for each time it came while not waiting", () => {
    const event = fc.oneof(
      fc.constantFrom("a", "b", "c").map((hitId) => ({ type: "revocation-came" as const, hitId })),
      fc.constant({ type: "started" as const }),
      fc.constant({ type: "settled" as const }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        let state = initialState();
        for (const each of events) {
          const before = state;
          state = reduce(state, each);
          expect(new Set(state.waiting).size).toBe(state.waiting.length);
          if (each.type === "revocation-came")
            expect([state.current, ...state.waiting]).toContain(each.hitId);
          if (each.type === "started")
            expect(state.waiting.length).toBeGreaterThanOrEqual(before.waiting.length - 1);
          expect(isIdle(state)).toBe(state.current === undefined && state.waiting.length === 0);
        }
      }),
    );
  });
});
