import { afterAll, beforeAll, beforeEach, expect } from "@jest/globals";
import { createCertificateActivities } from "../../../activities/certificate/activities.ts";
import { type CertificateDeps } from "../../../activities/certificate/deps.ts";
import { eventTypes } from "../../../protocol/events.ts";
import { noticesShownTo } from "../../../registry/certificate/notices.ts";
import { pendingFor } from "../../../registry/notification/security-events.ts";
import { createStream } from "../../../registry/notification/streams.ts";
import { day, type Person, sealer } from "../notification/people.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";

/** The activities of a certificate's lifecycle on a real registry; a test plays the clock and the push service. */

export let registry: TestRegistry;

export const plays = { now: new Date(), push: "sent" as "sent" | "unavailable" };
export const pushed: { partyId: string; alsoTo: string }[] = [];
const pushedAlone: string[] = [];
export const transmitted: string[] = [];
export const signalled: string[] = [];
export const started: string[] = [];
export function playCertificates(): void {
  beforeAll(async () => {
    registry = await startTestRegistry();
  });
  afterAll(async () => {
    await registry?.close();
  });
  beforeEach(() => {
    plays.now = new Date();
    plays.push = "sent";
    for (const list of [pushed, pushedAlone, transmitted, signalled, started]) list.length = 0;
  });
}

export const activities = (askWithinMs = 0) =>
  createCertificateActivities({
    pool: registry.pool,
    sealer,
    clock: () => plays.now,
    replaceWithinMs: day,
    askWithinMs,
    async pushToPhones(_person, partyId, content, alsoTo) {
      if (plays.push === "unavailable") throw new Error("503");
      expect(content).toEqual({ type: "certificate" });
      pushed.push({ partyId, alsoTo });
      return true;
    },
    async pushToPhone(enrolmentId, content) {
      expect(content).toEqual({ type: "new-phone" });
      pushedAlone.push(enrolmentId);
      return true;
    },
    transmit: async (jti) => void transmitted.push(jti),
    signalCertificate: async (enrolmentId) => void signalled.push(enrolmentId),
    startCampaign: async (campaignId) => void started.push(campaignId),
    publishDueCrls: async () => ({ published: [1, 2] }),
    renewRootCrls: async () => ({ renewed: ["g1"], ending: [{ generation: "g2" }, { generation: "g3" }] }),
  } satisfies CertificateDeps);

export const shown = async ({ personId, partyId }: Pick<Person, "personId" | "partyId">) =>
  (await noticesShownTo(registry.pool, { personId, partyId, now: plays.now }, { limit: 16 })).rows.map(
    ({ kind, daysLeft }) => (daysLeft === null ? kind : `${kind} ${daysLeft}`),
  );
export const auditOf = async (subject: string) =>
  (
    await registry.pool.query<{ act: string }>("select act from audit_lines where subject = $1 order by id", [
      subject,
    ])
  ).rows.map(({ act }) => act);
export const revocationOf = async (enrolmentId: string) =>
  (
    await registry.pool.query(
      "select r.reason, r.revoked_by from revocations r join issuance_intents i using (serial) where i.enrolment_id = $1",
      [enrolmentId],
    )
  ).rows;
/** Milliseconds, in the order of the enrolments. */
export const effectiveTimesOf = async (enrolmentIds: string[]): Promise<number[]> => {
  const { rows } = await registry.pool.query<{ id: string; at: Date }>(
    `select i.enrolment_id as id, r.effective_at as at from revocations r join issuance_intents i using (serial)
     where i.enrolment_id = any($1)`,
    [enrolmentIds],
  );
  return enrolmentIds.map((id) => rows.find((row) => row.id === id)!.at.getTime());
};
/** What the party is given when it polls at the time that is played. */
export const polled = (partyId: string) =>
  pendingFor(registry.pool, { partyId, events: [eventTypes.credentialChange], limit: 9, now: plays.now });
export const listen = (partyId: string) =>
  createStream(registry.pool, sealer, partyId, {
    method: "poll",
    alg: "ES256",
    eventsRequested: [eventTypes.credentialChange],
  });
