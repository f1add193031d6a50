import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { TestWorkflowEnvironment } from "@temporalio/testing";
import { CertificateClient } from "../../client/engine/certificate.ts";
import { nextStep } from "../../domain/certificate/next-step.ts";
import type { CertificateLife } from "../../registry/certificate/life.ts";
import {
  type CertificateActivities,
  type CertificateStep,
  certificate,
} from "../../workflows/certificate/contract.ts";
import { removeGlobalHooks } from "./global-hooks.ts";
import { activitiesOf, bundle, startServer, startWorkers } from "./time-skipping.ts";

const day = 86_400_000;
let env: TestWorkflowEnvironment;
let client: CertificateClient;
let stop: () => Promise<void>;
let current: Partial<CertificateActivities> = {};

const names: (keyof CertificateActivities)[] = [
  "readCertificate",
  "takeCertificateStep",
  "tellOfCertificate",
  "runCampaignBatch",
  "publishStatus",
  "renewRootCrls",
  "sweepCertificates",
];

beforeAll(async () => {
  const workflowBundle = await bundle("./certificate-workflows.ts");
  env = await startServer();
  client = new CertificateClient(env.client);
  const activities = activitiesOf(names, () => current);
  stop = await startWorkers(env, { workflowBundle, activities, taskQueue: certificate.taskQueue });
});
afterAll(async () => {
  await stop?.();
  await env?.teardown();
  removeGlobalHooks();
});

/** A certificate of five years in a registry that the test holds in its hands; its clock is the server's. */
async function newCertificate() {
  const start = await env.currentTimeMs();
  const life: CertificateLife = {
    state: "active",
    isRevoked: false,
    takesEffectAt: null,
    noticeDueAt: null,
    notAfter: new Date(start + 1_826 * day),
    staleSince: null,
    noticed: [],
  };
  const taken: { step: CertificateStep; daysLeft: number }[] = [];
  const notified: string[] = [];
  const newsCount = () => life.noticed.length + (life.isRevoked && !life.takesEffectAt ? 1 : 0);
  let toldOf = 0;
  const now = async () => new Date(await env.currentTimeMs());
  const notice: Partial<Record<CertificateStep, CertificateLife["noticed"][number]>> = {
    "tell-90-days": { kind: "expiring", daysLeft: 90 },
    "tell-30-days": { kind: "expiring", daysLeft: 30 },
    "tell-7-days": { kind: "expiring", daysLeft: 7 },
    expire: { kind: "expired", daysLeft: null },
    "ask-replacement": { kind: "replace", daysLeft: null },
  };
  const activities: Partial<CertificateActivities> = {
    async readCertificate() {
      const at = await now();
      if (life.takesEffectAt && life.takesEffectAt <= at) life.takesEffectAt = null;
      return { ...nextStep(life, at, day), untold: newsCount() > toldOf };
    },
    async takeCertificateStep({ step }) {
      const daysLeft = (life.notAfter.getTime() - (await env.currentTimeMs())) / day;
      taken.push({ step, daysLeft: Math.round(2 * daysLeft) / 2 + 0 });
      if (step === "revoke-stale") life.isRevoked = true;
      life.noticed = [...life.noticed, ...(notice[step] ? [notice[step]] : [])];
    },
    async tellOfCertificate() {
      toldOf = newsCount();
      notified.push(life.noticed.map(({ kind, daysLeft }) => `${kind} ${daysLeft ?? ""}`.trim()).join());
    },
  };
  current = activities;
  const enrolmentId = randomUUID();
  await client.reread(enrolmentId);
  const handle = env.client.workflow.getHandle(certificate.workflowId(enrolmentId));
  return { enrolmentId, handle, life, taken, notified, activities };
}

describe("the lifecycle of a certificate", () => {
  test("ok/five years: the person is notified 90, 30 and 7 days ahead, then of the expiry, in at most 60 events", async () => {
    const { handle, taken, notified } = await newCertificate();
    await handle.result();
    expect(taken).toEqual([
      { step: "tell-90-days", daysLeft: 90 },
      { step: "tell-30-days", daysLeft: 30 },
      { step: "tell-7-days", daysLeft: 7 },
      { step: "expire", daysLeft: 0 },
    ]);
    expect(notified.at(-1)).toBe("expiring 90,expiring 30,expiring 7,expired");
    expect((await handle.fetchHistory()).events!.length).toBeLessThanOrEqual(60);
  });

  test("ok/revoked after two years: the person is notified at once, and the lifecycle ends", async () => {
    const { enrolmentId, handle, life, taken, notified } = await newCertificate();
    await env.sleep(730 * day);
    life.isRevoked = true;
    await client.reread(enrolmentId);
    await handle.result();
    expect(taken).toEqual([]);
    expect(notified).toHaveLength(1);
  });

  test("ok/revoked in a window: the person is notified when it takes effect, and the lifecycle ends", async () => {
    const { enrolmentId, handle, life, taken, notified } = await newCertificate();
    await env.sleep(10 * day);
    const takesEffectAt = (await env.currentTimeMs()) + 0.25 * day;
    Object.assign(life, { isRevoked: true, state: "revoked", takesEffectAt: new Date(takesEffectAt) });
    await client.reread(enrolmentId);
    await env.sleep(0.2 * day);
    expect(notified).toHaveLength(0);
    expect(await client.state(enrolmentId)).toMatchObject({ kind: "revoked" });
    await handle.result();
    expect(await env.currentTimeMs()).toBeGreaterThanOrEqual(takesEffectAt);
    expect(taken.map(({ step }) => step)).toEqual(["tell-revoked"]);
    expect(notified).toHaveLength(1);
  });

  test("ok/attributes change: replacement asked at once, revoked half a day later", async () => {
    const { enrolmentId, handle, life, taken } = await newCertificate();
    await env.sleep(100 * day);
    life.staleSince = new Date(await env.currentTimeMs());
    await client.reread(enrolmentId);
    await handle.result();
    expect(taken).toEqual([
      { step: "ask-replacement", daysLeft: 1_726 },
      { step: "revoke-stale", daysLeft: 1_725.5 },
    ]);
  });

  test("fail/a push service that is unavailable for days delays no revocation", async () => {
    const { enrolmentId, handle, life, taken, activities } = await newCertificate();
    activities.tellOfCertificate = async () => {
      throw new Error("503");
    };
    await env.sleep(10 * day);
    life.staleSince = new Date(await env.currentTimeMs());
    await client.reread(enrolmentId);
    await handle.result();
    expect(taken.map(({ step }) => step)).toEqual(["ask-replacement", "revoke-stale"]);
  });

  test("ok/a signal without a change has no effect", async () => {
    const { enrolmentId, handle, life, taken } = await newCertificate();
    for (let times = 0; times < 3; times += 1) await client.reread(enrolmentId);
    await env.sleep(day);
    expect(await client.state(enrolmentId)).toMatchObject({ kind: "good", next: { step: "tell-90-days" } });
    life.state = "superseded";
    await client.reread(enrolmentId);
    await handle.result();
    expect(taken).toEqual([]);
  });

  test("ok/a query of an unknown certificate", async () => {
    expect(await client.state(randomUUID())).toBeUndefined();
  });
});

describe("campaigns and Schedules", () => {
  test("ok/450 batches at their pace, through several runs; started twice it is one", async () => {
    let done = 0;
    current = {
      runCampaignBatch: async () => {
        const isOver = done === 450;
        if (!isOver) done += 1;
        return { isOver, done, pauseMs: isOver ? 0 : 60_000 };
      },
    };
    const campaignId = randomUUID();
    const start = await env.currentTimeMs();
    await client.startCampaign(campaignId);
    await client.startCampaign(campaignId);
    expect(await client.untilCampaignIsOver(campaignId)).toEqual({ done: 450 });
    expect((await env.currentTimeMs()) - start).toBeGreaterThanOrEqual(450 * 60_000);
  });

  test.each([
    [certificate.publicationWorkflowType, { published: 3 }],
    [certificate.rootCrlWorkflowType, { renewed: 1, ending: 0 }],
    [certificate.sweepWorkflowType, { roused: 2 }],
  ])("ok/%s reports what it did, and is retried while Postgres is unavailable", async (type, report) => {
    let tries = 0;
    const act = async () => {
      tries += 1;
      if (tries === 1) throw new Error("unavailable");
      return report as never;
    };
    current = { publishStatus: act, renewRootCrls: act, sweepCertificates: act };
    const ended = await env.client.workflow.execute(type, {
      workflowId: randomUUID(),
      taskQueue: certificate.taskQueue,
    });
    expect(ended).toEqual(report);
  });
});
