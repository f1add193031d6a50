import { afterAll, afterEach, beforeAll, beforeEach, expect } from "@jest/globals";
import { WorkflowNotFoundError } from "@temporalio/client";
import type { TestWorkflowEnvironment } from "@temporalio/testing";
import type { WorkflowBundleWithSourceMap } from "@temporalio/worker";
import { ConsentClient } from "../../client/engine/consent.ts";
import { NotificationClient } from "../../client/engine/notification.ts";
import { changeDetection } from "../../workflows/change-detection/contract.ts";
import { consent } from "../../workflows/consent/contract.ts";
import { notification } from "../../workflows/notification/contract.ts";
import { ConsentWorld, day } from "./consent-world.ts";
import { removeGlobalHooks } from "./global-hooks.ts";
import { activitiesOf, bundle, startServer, startWorkers } from "./time-skipping.ts";

/** The limit of one call, below a test's own (jest.config.mjs). */
const waitMs = 280_000;
let workflowBundle: WorkflowBundleWithSourceMap;
let environment: TestWorkflowEnvironment;
/** Of the server of the test that runs. */
export let client: ConsentClient;
let notifications: NotificationClient;
let stop: () => Promise<void>;
let current: ConsentWorld | undefined;

/**
 * For the tests of one file: a server and workers for each. One server for all would not do: one whose workflow was
 * ended while an activity was at work may never skip time again.
 */
export function startForEachTest(start: () => Promise<TestWorkflowEnvironment> = startServer): void {
  beforeAll(async () => {
    workflowBundle = await bundle("./consent-workflows.ts");
  });
  afterAll(removeGlobalHooks);

  beforeEach(async () => {
    environment = await start();
    client = new ConsentClient(environment.client);
    notifications = new NotificationClient(environment.client);
    const all = (of: ConsentWorld) => ({ ...of.consent, ...of.notification });
    const activities = activitiesOf(Object.keys(all(new ConsentWorld(now))), () => all(current!));
    stop = await startWorkers(
      environment,
      { workflowBundle, activities, taskQueue: consent.taskQueue },
      { activities, taskQueue: changeDetection.registerTaskQueue },
    );
  });
  afterEach(async () => {
    await stop?.();
    await environment?.teardown();
  });
}

export const now = () => environment.currentTimeMs();
export const pass = (days: number) => environment.sleep(days * day);

/** Runs `act` in a world of its own. Afterwards nothing that must not happen may have happened. */
export async function inWorld(world: ConsentWorld, act: () => Promise<void>): Promise<void> {
  current = world;
  try {
    await act();
  } finally {
    await endOf(world);
  }
  expect(world.wrongs).toEqual([]);
}

/** What still runs would meet the next world. */
async function endOf({ consentId, notifications: opened }: ConsentWorld): Promise<void> {
  const ids = [...opened.keys()].map((version) => notification.workflowId(consentId, version));
  for (const id of [consent.workflowId(consentId), ...ids]) {
    const handle = environment.client.workflow.getHandle(id);
    await handle.terminate().catch((error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    });
  }
}

export const handleOf = ({ consentId }: ConsentWorld) =>
  environment.client.workflow.getHandle(consent.workflowId(consentId));
/** Sends a change, and again as long as it is not answered: a run may end in the moment the change comes. */
export async function change(world: ConsentWorld, changeId: string, patienceMs = waitMs) {
  for (;;) {
    const outcome = await client.change({ consentId: world.consentId, changeId }, patienceMs);
    if (outcome.kind !== "unanswered") return outcome;
  }
}
export const runIdOf = async (world: ConsentWorld) => (await handleOf(world).describe()).runId;
export const eventsOf = async (world: ConsentWorld) => (await handleOf(world).fetchHistory()).events ?? [];

/** The attribute record has a new version, and change detection signals it. */
export async function move(world: ConsentWorld, signal = true): Promise<void> {
  world.anchorVersion += 1;
  if (signal) await client.signalAnchorRefreshed(world.consentId, world.anchorVersion);
}
export const answer = (world: ConsentWorld, version: number, how: "confirm" | "decline") => {
  const notificationId = `${version}`;
  return notifications.answer(
    { consentId: world.consentId, version, notificationId, answerId: `${how}-${version}` },
    waitMs,
  );
};

/** Looks again until it is so; each look passes a little of the server's time. */
export async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await environment.sleep(100);
}
export const isOpen = (world: ConsentWorld, version: number) => () =>
  world.open().some((found) => found.version === version);
