import { beforeEach } from "@jest/globals";
import { changeConsent } from "../../../client/app/consent-change.ts";
import { listConsents } from "../../../client/app/consent-list.ts";
import { readInbox } from "../../../client/app/inbox.ts";
import type { PhoneEnrolment } from "../../../client/app/phone-message.ts";
import { inboxRoute } from "../../../gateway/routes/inbox.ts";
import { linkDatasetsRoute } from "../../../gateway/routes/link-datasets.ts";
import { linkRequestsRoute } from "../../../gateway/routes/link-requests.ts";
import { type LinkTerms } from "../../../protocol/link.ts";
import { registerDatasets } from "../../../registry/link/datasets.ts";
import { addPhone } from "../notification/people.ts";
import { gateway, serveConsents } from "./consent-gateway.ts";
import { person, registry, world } from "./consent-registry.ts";
import { account, datasetOf } from "./datasets.ts";
import { type Person } from "./world.ts";

/** The same person at the party that gives and at the one that receives. */
export let giver: Person;
export let taker: Person;
export let terms: LinkTerms;

export function serveLinks(): void {
  serveConsents((server, deps) => {
    inboxRoute(server, deps);
    linkRequestsRoute(server, deps);
    linkDatasetsRoute(server, deps);
  });
  beforeEach(async () => {
    giver = person;
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
export const shownConsents = async (phone: PhoneEnrolment) => (await readInbox(gateway, phone)).consents;
export const linkOf = async (phone: PhoneEnrolment) =>
  (await listConsents(gateway, phone)).find(({ kind }) => kind === "link")!;
