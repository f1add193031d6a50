import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Client, Connection, type ScheduleOptions, ScheduleOverlapPolicy } from "@temporalio/client";
import pino from "pino";
import { readConfiguration } from "../../workers/configuration.ts";
import { migrateAll } from "../../workers/run-migrate.ts";
import { certificate } from "../../workflows/certificate/contract.ts";
import { consent } from "../../workflows/consent/contract.ts";
import { eventually } from "./eventually.ts";
import { stack } from "./stack.ts";

/** A namespace as an earlier version may have left it. */
const namespace = `earlier-${randomUUID()}`;
const day = 86_400;

const configuration = readConfiguration({
  DATABASE_URL: stack.postgres,
  TEMPORAL_ADDRESS: stack.temporal,
  TEMPORAL_NAMESPACE: namespace,
  TEMPORAL_CONFIG_FILE: join(stack.directory, "none.toml"),
  KAZASU_SETTING: "test",
  KAZASU_KEYS: join(stack.directory, "keys"),
  KAZASU_JOURNAL: join(stack.directory, "journal"),
  KAZASU_CHECKPOINTS: join(stack.directory, "checkpoints"),
  KAZASU_TEST_ANCHORS: join(stack.directory, "test-anchors.pem"),
  KAZASU_JLIS_URL: stack.jlis,
  KAZASU_PUBLIC_URL: stack.gateway,
  KAZASU_CRL_URL: new URL(stack.crl).origin,
  KAZASU_OCSP_URL: stack.ocsp,
});
const migrate = () => migrateAll(configuration, pino({ level: "silent" }));

let connection: Connection;
let client: Client;
const retentionSeconds = async () => {
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  return Number(config?.workflowExecutionRetentionTtl?.seconds);
};
const described = (id: string) => client.schedule.getHandle(id).describe();

beforeAll(async () => {
  connection = await Connection.connect({ address: stack.temporal });
  client = new Client({ connection, namespace });
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 30 * day } as never,
  });
  const old: Omit<ScheduleOptions, "scheduleId"> = {
    spec: { intervals: [{ every: "3 hours" }] },
    action: { type: "startWorkflow", workflowType: "sweepOfBefore", taskQueue: "queue-of-before" },
  };
  // A namespace takes a moment to be known everywhere.
  await eventually(() =>
    client.schedule.create({ scheduleId: certificate.publicationSchedule, ...old }).catch(() => undefined),
  );
  const paused = await client.schedule.create({ scheduleId: consent.sweepSchedule, ...old });
  await paused.pause("the town hall is moving");
});
afterAll(async () => {
  for await (const { scheduleId } of client.schedule.list())
    await client.schedule.getHandle(scheduleId).delete();
  await connection?.close();
});

test("ok/an earlier version's namespace is migrated: retention, Schedules, and new Schedules", async () => {
  await migrate();
  expect(await retentionSeconds()).toBe(7 * day);
  expect(await described(certificate.publicationSchedule)).toMatchObject({
    spec: { intervals: [{ every: 300_000 }], jitter: 25_000 },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: 300_000 },
    action: { workflowType: certificate.publicationWorkflowType, taskQueue: certificate.taskQueue },
    state: { paused: false },
  });
  expect(await described(certificate.purgeSchedule)).toMatchObject({
    action: { workflowType: certificate.purgeWorkflowType },
  });
});

test("ok/a Schedule that an operator paused stays paused, with the note", async () => {
  expect(await described(consent.sweepSchedule)).toMatchObject({
    action: { workflowType: consent.sweepWorkflowType },
    state: { paused: true, note: "the town hall is moving" },
  });
});

test("ok/a second run changes nothing", async () => {
  const before = await described(certificate.publicationSchedule);
  await migrate();
  const after = await described(certificate.publicationSchedule);
  expect(after.info.lastUpdatedAt).toEqual(before.info.lastUpdatedAt);
  expect(await retentionSeconds()).toBe(7 * day);
});
