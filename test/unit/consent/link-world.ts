import { afterAll, beforeAll, beforeEach } from "@jest/globals";
import Fastify, { type FastifyInstance } from "fastify";
import { changeConsent } from "../../../client/app/consent-change.ts";
import { listConsents } from "../../../client/app/consent-list.ts";
import { Gateway } from "../../../client/app/gateway.ts";
import { readInbox } from "../../../client/app/inbox.ts";
import type { PhoneEnrolment } from "../../../client/app/phone-message.ts";
import { onError } from "../../../gateway/problems.ts";
import { consentRoutes } from "../../../gateway/routes/consents.ts";
import { inboxRoute } from "../../../gateway/routes/inbox.ts";
import { linkDatasetsRoute } from "../../../gateway/routes/link-datasets.ts";
import { linkRequestsRoute } from "../../../gateway/routes/link-requests.ts";
import { type LinkTerms } from "../../../protocol/link.ts";
import { registerDatasets } from "../../../registry/link/datasets.ts";
import { addPhone, issuer, sealer } from "../notification/people.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";
import { account, datasetOf } from "./datasets.ts";
import { makeWorld, type Person, type World } from "./world.ts";

export let registry: TestRegistry;
let server: FastifyInstance;
export let gateway: Gateway;
export let world: World;
/** The same person at the party that gives and at the one that receives. */
export let giver: Person;
export let taker: Person;
export let terms: LinkTerms;
/** What happens between the storing of a change and its lifecycle's decision. */
export const lifecycle = { beforeApplied: async () => {} };
/** The parties at which the person's phones were told that there is something to see. */
export const pushed: string[] = [];

export function serveLinks(): void {
  beforeAll(async () => {
    registry = await startTestRegistry();
    server = Fastify();
    server.setErrorHandler(onError);
    const pushConsents = async ({ partyId }: { partyId: string }) => void pushed.push(partyId);
    const deps = {
      pool: registry.pool,
      sealer,
      issuer,
      answerMs: 1_000,
      clock: () => new Date(),
      pushConsents,
    };
    const consent = {
      change: async ({ changeId }: { changeId: string }) => {
        await lifecycle.beforeApplied();
        return world.activities.applyChange({ changeId });
      },
    };
    consentRoutes(server, { ...deps, consent });
    inboxRoute(server, deps);
    linkRequestsRoute(server, deps);
    linkDatasetsRoute(server, deps);
    gateway = new Gateway(await server.listen({ host: "127.0.0.1", port: 0 }));
  });
  afterAll(async () => {
    await server?.close();
    await registry?.close();
  });
  beforeEach(async () => {
    pushed.length = 0;
    lifecycle.beforeApplied = async () => {};
    world = await makeWorld(registry.pool);
    giver = await world.newPerson();
    const { partyId } = await world.newPerson();
    const { personId } = giver;
    taker = { personId, partyId, phone: await addPhone(registry.pool, personId, partyId) };
    for (const [phone, pseudonym] of [
      [giver.phone, "at-the-giver"],
      [taker.phone, "at-the-taker"],
    ] as const)
      await registry.pool.query("update enrolments set pseudonym = $2 where id = $1", [
        phone.enrolmentId,
        pseudonym,
      ]);
    const others = Array.from({ length: 8 }, (_, index) => datasetOf(`Set ${index}`, "Refund"));
    await registerDatasets(registry.pool, giver.partyId, [account, ...others]);
    terms = { from: giver.partyId, to: taker.partyId, dataset: "口座", purpose: "払い戻し" };
  });
}

export const grant = (phone: PhoneEnrolment, link = terms) =>
  changeConsent(gateway, phone, {
    act: "grant",
    kind: "link",
    attributes: [],
    notice: world.notices.link,
    link,
  });
export const requests = async (phone: PhoneEnrolment) => (await readInbox(gateway, phone)).linkRequests;
export const told = async (phone: PhoneEnrolment) => (await readInbox(gateway, phone)).consents;
export const linkOf = async (phone: PhoneEnrolment) =>
  (await listConsents(gateway, phone)).find(({ kind }) => kind === "link")!;
