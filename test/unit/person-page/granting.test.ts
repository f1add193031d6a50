import { beforeEach, expect, test } from "@jest/globals";
import { openPageVisit } from "../../../client/app/page-visit.ts";
import { transaction } from "../../../registry/database.ts";
import { registerDatasets } from "../../../registry/link/datasets.ts";
import { addLinkRequest, lockLinksOf } from "../../../registry/link/requests.ts";
import { account, termsOf } from "../consent/datasets.ts";
import { addPhone } from "../notification/people.ts";
import { type PageBrowser, type Shown, tapOf } from "./browser.ts";
import { person, registry, servePageForEachTest, world } from "./opened-page.ts";
import { waiting } from "./waiting.ts";

/** A request for a link ends once, however many answer it at the same moment. */

let clinicPhone: string;

servePageForEachTest();
beforeEach(async () => {
  const { partyId } = await world.newPerson();
  const { personId } = person;
  clinicPhone = (await addPhone(registry.pool, personId, partyId)).enrolmentId;
  await registerDatasets(registry.pool, person.partyId, [account]);
  await addLinkRequest(registry.pool, {
    personId,
    terms: termsOf(account, { from: person.partyId, to: partyId }),
    askedBy: clinicPhone,
    digest: crypto.randomUUID(),
    createdAt: world.plays.now,
    expiresAt: new Date(world.plays.now.getTime() + 86_400_000),
  });
});

/** A browser in which the tap that agrees has been made, and the address that completes it. */
async function agreed(): Promise<{ browser: PageBrowser; at: string }> {
  const browser = await world.opened(person);
  await browser.open();
  const visit = await openPageVisit(world.gateway, tapOf(await browser.press("/grant")).here);
  const { returnTo = "" } = await world.answer(visit, await world.cardOf(person.personId));
  return { browser, at: returnTo };
}

/** Both at once: the first has its turn first, and the other waits behind it. */
const oneBehindTheOther = async (first: () => Promise<Shown>, second: () => Promise<Shown>) =>
  Promise.all(
    await transaction(registry.pool, async (connection) => {
      await lockLinksOf(connection, person.personId);
      const begun = first();
      await waiting(registry.pool, 1);
      const behind = second();
      await waiting(registry.pool, 2);
      return [begun, behind] as const;
    }),
  );

const states = async () =>
  (
    await registry.pool.query<{ state: string }>("select state from link_requests where person_id = $1", [
      person.personId,
    ])
  ).rows.map(({ state }) => state);
const visitStates = async () =>
  (
    await registry.pool.query<{ state: string }>(
      "select state from page_visits where person_id = $1 and act = 'grant-link'",
      [person.personId],
    )
  ).rows.map(({ state }) => state);
const links = async () => (await world.inForceOf(person)).filter(({ kind }) => kind === "link").length;

test("ok/agreed to and then declined: the link is granted, and the decline is refused", async () => {
  const { browser, at } = await agreed();
  const other = await world.opened(person);
  await other.open();
  const [granted, declined] = await oneBehindTheOther(
    () => browser.open(at),
    () => other.press("/decline"),
  );
  expect(granted.text).toContain("Done.");
  expect(declined.status).toBe(409);
  expect([await links(), await states()]).toEqual([1, ["granted"]]);
});

test("bad/declined and then agreed to: no link is granted", async () => {
  const { browser, at } = await agreed();
  const other = await world.opened(person);
  await other.open();
  const [declined, granted] = await oneBehindTheOther(
    () => other.press("/decline"),
    () => browser.open(at),
  );
  expect(declined.text).toContain("Done.");
  expect(granted.status).toBe(409);
  expect([await links(), await states()]).toEqual([0, ["declined"]]);
});

test("bad/the grant is refused at the last moment: the tap fails, and no link is stored", async () => {
  const { browser, at } = await agreed();
  await registry.pool.query("update enrolments set state = 'ended' where id = $1", [clinicPhone]);
  expect((await browser.open(at)).status).toBe(409);
  expect([await links(), await states(), await visitStates()]).toEqual([0, ["open"], ["approved"]]);
});

test("bad/a dataset that was removed from the giving party's list meanwhile is not granted", async () => {
  const { browser, at } = await agreed();
  await registerDatasets(registry.pool, person.partyId, []);
  expect((await browser.open(at)).status).toBe(409);
  expect([await links(), await states(), await visitStates()]).toEqual([0, ["open"], ["approved"]]);
});

test("bad/where a phone is in use at one side no more, nothing is offered that a tap would be refused for", async () => {
  const before = await (await world.opened(person)).open();
  expect(before.text).toContain('action="/grant"');
  for (const stopped of [person.phone.enrolmentId, clinicPhone]) {
    await registry.pool.query("update enrolments set state = 'revoked' where id = $1", [stopped]);
    const shown = await (await world.opened(person)).open();
    expect(shown.text).not.toContain('action="/grant"');
    expect(shown.text).toContain('action="/decline"');
    await registry.pool.query("update enrolments set state = 'active' where id = $1", [stopped]);
  }
});
