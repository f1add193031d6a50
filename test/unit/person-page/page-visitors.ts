import { beforeEach } from "@jest/globals";
import { registerDatasets } from "../../../registry/link/datasets.ts";
import { addLinkRequest } from "../../../registry/link/requests.ts";
import { termsOf } from "../consent/datasets.ts";
import { addPhone } from "../notification/people.ts";
import { person, registry, servePageForEachTest, world } from "./opened-page.ts";
import { type Person } from "./world.ts";

/** The same person at two parties, and somebody else. */
export let bank: Person;
export let clinic: Person;
export let stranger: Person;

export function openPageForEachTest(): void {
  servePageForEachTest();
  beforeEach(async () => {
    bank = person;
    const { partyId } = await world.newPerson();
    await registry.pool.query(
      "update parties set name_en = 'Midori Clinic', name_ja = 'みどり医院' where id = $1",
      [partyId],
    );
    await registerDatasets(registry.pool, bank.partyId, [account]);
    const { personId } = bank;
    clinic = { personId, partyId, phone: await addPhone(registry.pool, personId, partyId) };
    stranger = await world.newPerson();
  });
}

export const states = async ({ personId }: Person) =>
  (
    await registry.pool.query<{ id: string; state: string }>(
      "select id, state from enrolments where person_id = $1",
      [personId],
    )
  ).rows;
export const stateOf = async (person: Person) =>
  (await states(person)).find(({ id }) => id === person.phone.enrolmentId)!.state;
/** Words that would be markup, in one language. */
const account = {
  dataset: { ja: "口座", en: "Account <b>" },
  purpose: { ja: "払い戻し", en: "Refund" },
};
export const asks = (askedAt = world.plays.now) =>
  addLinkRequest(registry.pool, {
    personId: bank.personId,
    terms: termsOf(account, { from: bank.partyId, to: clinic.partyId }),
    askedBy: clinic.phone.enrolmentId,
    digest: crypto.randomUUID(),
    createdAt: askedAt,
    expiresAt: new Date(askedAt.getTime() + 86_400_000),
  });

export const formOf = async (browser: { open(): Promise<{ text: string }> }) =>
  /name="form" value="([^"]+)"/.exec((await browser.open()).text)?.[1];
