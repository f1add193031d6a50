import { afterAll, beforeAll, beforeEach } from "@jest/globals";
import Fastify, { type FastifyInstance } from "fastify";
import { createCertificateActivities } from "../../../activities/certificate/activities.ts";
import type { CertificateDeps } from "../../../activities/certificate/deps.ts";
import { Gateway } from "../../../client/app/gateway.ts";
import { readInbox } from "../../../client/app/inbox.ts";
import { type PhoneEnrolment } from "../../../client/app/phone-message.ts";
import { noteNewPhone } from "../../../domain/certificate/announcing.ts";
import { revokeCertificates } from "../../../domain/certificate/revoke-certificates.ts";
import { onError } from "../../../gateway/problems.ts";
import { freezesRoute } from "../../../gateway/routes/freezes.ts";
import { inboxRoute } from "../../../gateway/routes/inbox.ts";
import { transaction } from "../../../registry/database.ts";
import { findEnrolment } from "../../../registry/issuance/enrolments.ts";
import { addPhone, day, issuer, makePerson, type Person, sealer } from "../notification/people.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";

/** A first enrolment at a party is announced late, by Postgres's clock alone; what it may do depends on that. */

export let registry: TestRegistry;
let server: FastifyInstance;
export let gateway: Gateway;
export const plays = { now: new Date() };
export const pushed: string[] = [];
export function playAnnouncements(): void {
  beforeAll(async () => {
    registry = await startTestRegistry();
    const certificate = { reread: async () => {} };
    const clock = () => plays.now;
    const deps = { pool: registry.pool, sealer, issuer, clock, certificate, log: { warn() {} } };
    server = Fastify();
    server.setErrorHandler(onError);
    inboxRoute(server, deps);
    freezesRoute(server, deps);
    gateway = new Gateway(await server.listen({ host: "127.0.0.1", port: 0 }));
  });
  afterAll(async () => {
    await server?.close();
    await registry?.close();
  });
  beforeEach(() => {
    plays.now = new Date();
    pushed.length = 0;
  });
}

export const { readCertificate, tellOfCertificate } = createCertificateActivities({
  pool: { query: (...given: unknown[]) => registry.pool.query(...(given as [string])) } as never,
  sealer,
  clock: () => plays.now,
  replaceWithinMs: day,
  askWithinMs: 0,
  pushToPhones: async () => true,
  async pushToPhone(enrolmentId) {
    pushed.push(enrolmentId);
    return true;
  },
  transmit: async () => {},
  signalCertificate: async () => {},
  startCampaign: async () => {},
  publishDueCrls: async () => ({ published: [] }),
  renewRootCrls: async () => ({ renewed: [], ending: [] }),
} satisfies CertificateDeps);

/** Another phone of a person, as an issuance that is completed leaves the rows. */
export async function enrolled(
  { personId }: Person,
  partyId: string,
  replaces?: PhoneEnrolment,
): Promise<PhoneEnrolment> {
  const phone = await addPhone(registry.pool, personId, partyId, { isKnown: false });
  if (replaces) {
    const { enrolmentId } = replaces;
    await registry.pool.query("update enrolments set replaces = $2 where id = $1", [
      phone.enrolmentId,
      enrolmentId,
    ]);
    await registry.pool.query("update enrolments set state = 'superseded' where id = $1", [enrolmentId]);
    await revokeCertificates(registry.pool, { enrolmentId }, "superseded", "engine");
  }
  await transaction(registry.pool, async (connection) =>
    noteNewPhone(connection, (await findEnrolment(connection, phone.enrolmentId))!, day),
  );
  return phone;
}
export const elsewhere = async () => (await makePerson(registry.pool)).partyId;

export async function dueOf(about: PhoneEnrolment): Promise<Date[]> {
  const { rows } = await registry.pool.query<{ at: Date }>(
    "select due_at as at from certificate_notices where about = $1 order by due_at",
    [about.enrolmentId],
  );
  return rows.map(({ at }) => at);
}
/** Plays the time at which everything of it is due, and has it pushed. */
export async function left(about: PhoneEnrolment, to: PhoneEnrolment): Promise<void> {
  plays.now = new Date((await dueOf(about)).at(-1)!.getTime() + 1);
  await tellOfCertificate({ enrolmentId: to.enrolmentId });
}
/** Lets the time of Postgres pass for a person's notices: enrolments are judged by its clock. */
export async function pass(personId: string, hours: number): Promise<void> {
  await registry.pool.query(
    `update certificate_notices n set created_at = n.created_at - $2 * interval '1 hour',
       due_at = n.due_at - $2 * interval '1 hour', told_at = n.told_at - $2 * interval '1 hour'
     from enrolments e where e.id = n.enrolment_id and e.person_id = $1`,
    [personId, hours],
  );
}
export const newPhones = async (phone: PhoneEnrolment) => (await readInbox(gateway, phone)).newPhones;
export const stateOf = async ({ enrolmentId }: PhoneEnrolment) =>
  (await findEnrolment(registry.pool, enrolmentId))?.state;
