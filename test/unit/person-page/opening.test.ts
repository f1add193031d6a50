import { describe, expect, test } from "@jest/globals";
import { openPageVisit } from "../../../client/app/page-visit.ts";
import { refuse } from "../../../protocol/refusals.ts";
import { tapOf } from "./browser.ts";
import { registry, world } from "./opened-page.ts";
import { bank, openPageForEachTest, stranger } from "./page-visitors.ts";

openPageForEachTest();

describe("a tap opens the page", () => {
  test("ok/on the same device: the phone's return code opens the page in the browser that began, and in no other", async () => {
    const browser = world.browser();
    const landing = await browser.open();
    expect(landing.text).toContain("Open with the card");
    const { here } = tapOf(await browser.press("/tap"));
    const visit = await openPageVisit(world.gateway, here);
    expect(visit).toMatchObject({ act: "log-in", via: "link" });
    expect(visit.numbers).toBeUndefined();
    const { returnTo = "" } = await world.answer(visit, await world.cardOf(bank.personId));
    expect(new URL(returnTo).origin).toBe(world.pageUrl);

    const other = world.browser();
    expect((await other.open(returnTo)).text).toContain("Open with the card");
    expect((await browser.open("/return?code=guessed")).text).toContain("Continue in the browser");
    const opened = await browser.open(returnTo);
    expect(opened.text).toContain("Midori Clinic");
    expect((await browser.open(returnTo)).text).toContain("Midori Clinic");
    expect(
      await registry.pool.query("select 1 from page_sessions where person_id = $1", [bank.personId]),
    ).toMatchObject({
      rowCount: 1,
    });
  });

  test("ok/scanned from the screen by any device: the number shown there opens the page", async () => {
    const browser = world.browser();
    const { elsewhere, number } = tapOf(await browser.press("/tap"));
    const visit = await openPageVisit(world.gateway, elsewhere);
    expect(visit.numbers).toContain(number);
    const answer = await world.answer(visit, await world.cardOf(bank.personId), { number });
    expect(answer).toEqual({ visitId: visit.visitId, state: "approved" });
    expect((await browser.open("/tap")).text).toContain("Midori Clinic");
  });

  test("ok/the page has no scripts, loads nothing from elsewhere, and cannot be framed", async () => {
    const browser = await world.opened(bank);
    for (const shown of [
      await browser.open(),
      await world.browser().open(),
      await world.browser().press("/tap"),
    ]) {
      const policy = shown.headers.get("content-security-policy");
      expect(policy?.split(";").map((directive) => directive.replace(/nonce-[^']+/, "nonce"))).toEqual([
        "default-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "style-src 'nonce'",
      ]);
      expect(Object.fromEntries(shown.headers)).toMatchObject({
        "referrer-policy": "same-origin",
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "cross-origin-opener-policy": "same-origin",
      });
      expect(shown.headers.get("cache-control")).toBe("no-store");
      expect(shown.text).not.toMatch(/<script| on\w+=| src=/);
    }
  });

  test("fail/a wrong number ends the tap before J-LIS is asked", async () => {
    const browser = world.browser();
    const { elsewhere, number } = tapOf(await browser.press("/tap"));
    const visit = await openPageVisit(world.gateway, elsewhere);
    const wrong = visit.numbers!.find((each) => each !== number)!;
    const card = await world.cardOf(bank.personId);
    await expect(world.answer(visit, card, { number: wrong })).rejects.toMatchObject({
      code: "LOGIN_NUMBER_WRONG",
    });
    await expect(world.answer(visit, card, { number })).rejects.toMatchObject({ code: "LOGIN_CLOSED" });
    expect(world.asked).toEqual([]);
    expect((await browser.open("/tap")).text).toContain("This tap is over");
  });

  test("fail/any fault of the card has one refusal; J-LIS is asked last, and three such taps end the visit", async () => {
    const revoked = await world.cardOf(bank.personId, refuse("CERTIFICATE_REVOKED", "revoked"));
    const unknown = await world.cardOf();
    const refused = { code: "PAGE_CARD_REFUSED" };
    const begin = async () => openPageVisit(world.gateway, tapOf(await world.browser().press("/tap")).here);
    const first = await begin();
    const details = [];
    for (const card of ["no-card", unknown, revoked]) {
      const attempt = world.answer(first, card);
      await expect(attempt).rejects.toMatchObject(refused);
      details.push(await attempt.catch(({ problem }) => [problem.detail, problem.title]));
    }
    expect(new Set(details.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(world.asked).toEqual([revoked]);
    const good = await world.cardOf(bank.personId);
    await expect(world.answer(first, good)).rejects.toMatchObject({ code: "LOGIN_CLOSED" });
    for (const content of [
      { visitId: crypto.randomUUID() },
      { shownSha256: "A".repeat(43) },
      { act: "grant-link" },
      { type: "kazasu/card-login/1" },
    ])
      await expect(world.answer(await begin(), good, { content })).rejects.toMatchObject(refused);
    expect(world.asked).toEqual([revoked]);
  });

  test("fail/paid questions about one person are counted; while J-LIS is unavailable the person may try again", async () => {
    const unavailable = await world.cardOf(bank.personId, refuse("TRY_AGAIN", "unavailable"));
    const begin = async () => openPageVisit(world.gateway, tapOf(await world.browser().press("/tap")).here);
    const visit = await begin();
    await expect(world.answer(visit, unavailable)).rejects.toMatchObject({ code: "TRY_AGAIN" });
    expect(await world.answer(visit, await world.cardOf(bank.personId))).toMatchObject({ state: "approved" });
    const card = await world.cardOf(bank.personId);
    for (let n = 2; n < 10; n += 1) await world.answer(await begin(), card);
    await expect(world.answer(await begin(), card)).rejects.toMatchObject({ code: "TOO_MANY_REQUESTS" });
    expect(world.asked).toHaveLength(10);
    expect(await world.answer(await begin(), await world.cardOf(stranger.personId))).toMatchObject({
      state: "approved",
    });
  });

  test("fail/an expired visit is closed, and the page closes after a quarter of an hour", async () => {
    const { here } = tapOf(await world.browser().press("/tap"));
    const visit = await openPageVisit(world.gateway, here);
    const opened = await world.opened(bank);
    world.plays.now = new Date(world.plays.now.getTime() + 301_000);
    const card = await world.cardOf(bank.personId);
    await expect(world.answer(visit, card)).rejects.toMatchObject({ code: "LOGIN_CLOSED" });
    expect((await opened.open()).text).toContain("Midori Clinic");
    world.plays.now = new Date(world.plays.now.getTime() + 600_000);
    expect((await opened.open()).text).toContain("Open with the card");
  });
});
