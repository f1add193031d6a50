import { describe, expect, test } from "@jest/globals";
import { openPageVisit } from "../../../client/app/page-visit.ts";
import { stopPhones } from "../../../domain/certificate/stopping.ts";
import { completionSeconds, takeVisit } from "../../../domain/person-page/visiting.ts";
import { transaction } from "../../../registry/database.ts";
import { registerDatasets } from "../../../registry/link/datasets.ts";
import { addLinkRequest } from "../../../registry/link/requests.ts";
import { addPageSession, findPageSession, findVisit } from "../../../registry/person-page/visits.ts";
import { account, termsOf } from "../consent/datasets.ts";
import { addPhone, sealer } from "../notification/people.ts";
import { type PageBrowser, tapOf } from "./browser.ts";
import { person, registry, servePageForEachTest, world } from "./opened-page.ts";
import { waiting } from "./waiting.ts";

/** A tap that the card approved opens the page in its browser soon, or never. */

servePageForEachTest();

const later = (seconds: number) => {
  world.plays.now = new Date(world.plays.now.getTime() + seconds * 1_000);
};
const closed = "Open with the card";
const over = "This tap is over";
const everything = "Close this page";

/** A browser with a tap that was approved, and the address that completes it there. */
async function approved(via: "link" | "qr"): Promise<{ browser: PageBrowser; id: string; at: string }> {
  const browser = world.browser();
  const { here, elsewhere, number } = tapOf(await browser.press("/tap"));
  const visit = await openPageVisit(world.gateway, via === "link" ? here : elsewhere);
  const card = await world.cardOf(person.personId);
  const { returnTo } = await world.answer(visit, card, via === "qr" ? { number } : {});
  return { browser, id: visit.visitId, at: returnTo ?? "/tap" };
}

/** A browser with the page open, and a tap that agreed to a link. */
async function agreed(): Promise<{ browser: PageBrowser; at: string }> {
  const { partyId } = await world.newPerson();
  const clinic = await addPhone(registry.pool, person.personId, partyId);
  await registerDatasets(registry.pool, person.partyId, [account]);
  await addLinkRequest(registry.pool, {
    personId: person.personId,
    terms: termsOf(account, { from: person.partyId, to: partyId }),
    askedBy: clinic.enrolmentId,
    digest: crypto.randomUUID(),
    createdAt: world.plays.now,
    expiresAt: new Date(world.plays.now.getTime() + 86_400_000),
  });
  const browser = await world.opened(person);
  await browser.open();
  const visit = await openPageVisit(world.gateway, tapOf(await browser.press("/grant")).here);
  const { returnTo = "" } = await world.answer(visit, await world.cardOf(person.personId));
  return { browser, at: returnTo };
}
const linksOf = async () => (await world.inForceOf(person)).filter(({ kind }) => kind === "link");

describe("when an approved tap can be completed", () => {
  test.each(["link", "qr"] as const)("ok/by %s until two minutes after the card's answer", async (via) => {
    expect(completionSeconds).toBe(120);
    const { browser, at } = await approved(via);
    later(completionSeconds - 1);
    expect((await browser.open(at)).text).toContain(everything);
  });

  test.each([
    ["link", 120],
    ["qr", 120],
    ["link", 365 * 86_400],
    ["qr", 365 * 86_400],
  ] as const)("bad/by %s, %i seconds after the card's answer", async (via, seconds) => {
    const { browser, at } = await approved(via);
    later(seconds);
    const shown = await browser.open(at);
    expect(shown.text).toContain(over);
    expect((await browser.open("/tap")).text).toContain(over);
    expect((await browser.open("/")).text).toContain(closed);
  });

  test.each(["link", "qr"] as const)("bad/by %s after the visit's own time", async (via) => {
    const browser = world.browser();
    const { here, elsewhere, number } = tapOf(await browser.press("/tap"));
    const visit = await openPageVisit(world.gateway, via === "link" ? here : elsewhere);
    later(290);
    const card = await world.cardOf(person.personId);
    const { returnTo } = await world.answer(visit, card, via === "qr" ? { number } : {});
    later(10);
    expect((await browser.open(returnTo ?? "/tap")).text).toContain(over);
  });

  test("bad/a link agreed to two minutes ago", async () => {
    const { browser, at } = await agreed();
    later(completionSeconds);
    expect((await browser.open(at)).text).toContain(over);
    expect(await linksOf()).toEqual([]);
  });

  test("bad/the row itself is refused when late, also after an earlier look", async () => {
    const { id } = await approved("qr");
    const { answeredAt, expiresAt } = (await findVisit(registry.pool, id))!;
    const end = new Date(answeredAt!.getTime() + completionSeconds * 1_000);
    for (const late of [end, expiresAt]) expect(await takeVisit(registry.pool, id, late)).toBe(false);
    expect(await takeVisit(registry.pool, id, new Date(end.getTime() - 1))).toBe(true);
    expect(await takeVisit(registry.pool, id, answeredAt!)).toBe(false);
  });
});

describe("stopping all phones closes open pages", () => {
  /** What a thief has: the page open, a tap approved and not used, and one that agrees to a link. */
  const thief = async () => {
    const link = await agreed();
    return { open: link.browser, link, taps: [await approved("link"), await approved("qr")] };
  };
  const nothingIsLeftOf = async ({ open, link, taps }: Awaited<ReturnType<typeof thief>>) => {
    expect((await open.open("/")).text).toContain(closed);
    expect((await link.browser.open(link.at)).text).toContain(over);
    expect(await linksOf()).toEqual([]);
    for (const { browser, at } of taps) {
      expect((await browser.open(at)).text).toContain(over);
      expect((await browser.open("/")).text).toContain(closed);
    }
  };

  test("ok/from the page: every other open page is closed, this one is not, and each tap stays listed", async () => {
    const held = await thief();
    const own = await world.opened(person);
    const other = await world.opened(await world.newPerson());
    await own.open();
    const shown = await own.press("/stop-all", { sure: "yes" });
    expect(shown.text).toContain("Done.");
    const listed = /This page was opened<\/h2>(.*?)<h2/s.exec(shown.text)?.[1] ?? "";
    expect(listed.match(/<li/g)).toHaveLength(5);
    await nothingIsLeftOf(held);
    expect((await own.open()).text).toContain(everything);
    expect((await other.open()).text).toContain(everything);
  });

  test("ok/stopping one phone closes no page", async () => {
    const { browser, at } = await approved("link");
    const own = await world.opened(person);
    await own.open();
    await own.press("/stop", { enrolment: person.phone.enrolmentId, sure: "yes" });
    expect((await browser.open(at)).text).toContain(everything);
  });

  test("ok/a tap being completed at that moment is waited for, and its page closed", async () => {
    const { id } = await approved("qr");
    const { personId } = person;
    const session = { personId, visitId: id, expiresAt: new Date(world.plays.now.getTime() + 900_000) };
    const stop = { personId, by: "operator", proof: "statement", digest: crypto.randomUUID() } as const;
    const stopped = await transaction(registry.pool, async (completing) => {
      expect(await takeVisit(completing, id, world.plays.now)).toBe(true);
      const stopping = transaction(registry.pool, (other) => stopPhones(other, sealer, stop));
      await waiting(registry.pool, 1);
      await addPageSession(completing, "token", session, world.plays.now);
      return { stopping };
    });
    await stopped.stopping;
    expect(await findPageSession(registry.pool, "token", world.plays.now)).toBeUndefined();
  });

  test("ok/by operators: every open page is closed", async () => {
    const held = await thief();
    const digest = crypto.randomUUID();
    const stop = { personId: person.personId, by: "operator", proof: "statement", digest } as const;
    await transaction(registry.pool, (connection) => stopPhones(connection, sealer, stop));
    await nothingIsLeftOf(held);
  });
});
