import { expect, test } from "@jest/globals";
import { openPageVisit } from "../../../client/app/page-visit.ts";
import { tapOf } from "./browser.ts";
import { registry, servePageForEachTest, world } from "./opened-page.ts";
import { makePageWorld } from "./world.ts";

/** The way to a tap is nobody else's to close, and what waits there is bounded. */

servePageForEachTest();

test("ok/strangers at the same address close no page that is open", async () => {
  const busy = await makePageWorld(registry.pool, 12);
  try {
    const person = await busy.newPerson();
    const browser = await busy.opened(person);
    const statuses = [];
    for (let n = 0; n < 16; n += 1) statuses.push((await busy.browser().open("/return?code=x")).status);
    expect(statuses.at(-1)).toBe(429);
    await browser.open();
    expect((await browser.press("/stop-all", { sure: "yes" })).text).toContain("Done.");
  } finally {
    await busy.close();
  }
});

test("bad/strangers at the same address do not keep the person from opening the page", async () => {
  const busy = await makePageWorld(registry.pool, 12);
  try {
    const person = await busy.newPerson();
    for (let n = 0; n < 16; n += 1) await busy.browser().open("/return?code=x");
    for (let n = 0; n < 16; n += 1) await busy.browser().open();
    for (let n = 0; n < 40; n += 1) expect((await busy.browser().press("/tap")).status).toBe(200);
    expect((await busy.browser().open()).text).toContain("Open with the card");
    const browser = await busy.opened(person);
    expect((await browser.open()).text).toContain("Close this page");
    expect((await browser.press("/stop-all", { sure: "yes" })).text).toContain("Done.");
  } finally {
    await busy.close();
  }
});

test("bad/a browser that polls its tap without end has to wait, and no other", async () => {
  const busy = await makePageWorld(registry.pool, 12);
  try {
    const [one, other] = [busy.browser(), busy.browser()];
    await other.press("/tap");
    await one.press("/tap");
    const statuses = [];
    for (let n = 0; n < 30; n += 1) statuses.push((await one.open("/tap")).status);
    expect(statuses[0]).toBe(200);
    expect(statuses.at(-1)).toBe(429);
    expect((await other.open("/tap")).status).toBe(200);
  } finally {
    await busy.close();
  }
});

test("bad/unanswered taps: the oldest of the address with the most is dropped, and no other", async () => {
  const full = await makePageWorld(registry.pool, 10_000, 20);
  try {
    const elsewhere = { "x-forwarded-for": "192.0.2.7" };
    const person = full.browser();
    await person.press("/tap", {}, elsewhere);
    const stranger = full.browser();
    await stranger.press("/tap");
    for (let n = 0; n < 60; n += 1) await full.browser().press("/tap");
    expect((await person.open("/tap")).text).toContain("choose this number");
    expect((await stranger.open("/tap")).text).toContain("Open with the card");
    const { rows } = await registry.pool.query("select 1 from page_visits where created_at = $1", [
      full.plays.now,
    ]);
    expect(rows).toHaveLength(20);
  } finally {
    await full.close();
  }
});

test("bad/a tap without an accepted card leaves no permanent row", async () => {
  const begin = async () => openPageVisit(world.gateway, tapOf(await world.browser().press("/tap")).here);
  const visit = await begin();
  for (let n = 0; n < 3; n += 1) await world.answer(visit, "no-card").catch(() => undefined);
  world.plays.now = new Date(world.plays.now.getTime() + 2 * 86_400_000);
  await begin();
  const { rowCount } = await registry.pool.query("select 1 from page_visits where id = $1", [visit.visitId]);
  expect(rowCount).toBe(0);
});
