import { describe, expect, test } from "@jest/globals";
import { openPageVisit } from "../../../client/app/page-visit.ts";
import { mostEnded } from "../../../domain/person-page/showing.ts";
import { registerDatasets } from "../../../registry/link/datasets.ts";
import { findNotice } from "../../../registry/party/parties.ts";
import { tapOf } from "./browser.ts";
import { registry, world } from "./opened-page.ts";
import { asks, bank, clinic, formOf, openPageForEachTest, stranger } from "./page-visitors.ts";

openPageForEachTest();

describe("a requested link", () => {
  test("ok/the person agrees by a tap that shows the terms, or declines", async () => {
    const asked = await asks();
    const browser = await world.opened(bank);
    const [request] = (
      await registry.pool.query<{ id: string }>("select id from link_requests where receiving_id = $1", [
        asked,
      ])
    ).rows;
    const tapped = await browser.press("/grant", { request: request!.id });
    expect(tapped.text).toContain("ABC Bank gives “Account &lt;b&gt;” to Midori Clinic");
    const visit = await openPageVisit(world.gateway, tapOf(tapped).here);
    expect(visit.act).toBe("grant-link");
    expect(JSON.stringify(visit)).not.toMatch(new RegExp(`${bank.partyId}|${clinic.partyId}|Account`));
    // Somebody else's card grants nothing here.
    const theirs = world.answer(visit, await world.cardOf(stranger.personId));
    await expect(theirs).rejects.toMatchObject({ code: "PAGE_CARD_REFUSED" });
    const { returnTo = "" } = await world.answer(visit, await world.cardOf(bank.personId));
    expect((await browser.open(returnTo)).text).toContain("Done.");
    const [link] = (await world.inForceOf(bank)).filter(({ kind }) => kind === "link");
    expect(await findNotice(registry.pool, link!.noticeSha256)).toMatchObject({ purpose: "link" });
    const { rows } = await registry.pool.query("select state from link_requests where id = $1", [
      request!.id,
    ]);
    expect(rows).toEqual([{ state: "granted" }]);

    await asks();
    await browser.open();
    await browser.press("/decline");
    const states = await registry.pool.query(
      "select state from link_requests where person_id = $1 order by state",
      [bank.personId],
    );
    expect(states.rows).toEqual([{ state: "declined" }, { state: "granted" }]);
  });

  test("ok/the page lists who asked for what and the outcome: newest first, in the person's language, the last fifty", async () => {
    const { pool } = registry;
    const ago = (days: number) => new Date(world.plays.now.getTime() - days * 86_400_000);
    const ended = ["granted", "declined", "taken-back"];
    for (const [index, state] of ended.entries())
      await pool.query("update link_requests set state = $2, closed_at = $3 where receiving_id = $1", [
        await asks(ago(2 + index)),
        state,
        ago(1),
      ]);
    await asks(ago(9));
    await asks();
    const browser = await world.opened(bank);
    const section = async (language = "en") =>
      /<h2>(?:Requested links|依頼された連携)<\/h2>.*?<\/section>/s.exec(
        (await browser.open("/", { "accept-language": language })).text,
      )![0];
    const shown = await section();
    expect(shown.match(/waiting for you|agreed to|declined|withdrawn by|expired/g)).toEqual([
      "waiting for you",
      "agreed to",
      "declined",
      "withdrawn by",
      "expired",
    ]);
    expect(shown.match(/ABC Bank gives “Account &lt;b&gt;” to Midori Clinic, for “Refund”/g)).toHaveLength(5);
    expect(shown.match(/<form/g)).toHaveLength(2);
    expect((await section("ja")).match(/「口座」（目的: 払い戻し）/g)).toHaveLength(5);

    for (let index = 0; index < mostEnded; index += 1) await asks(ago(20 + index));
    const bounded = await section();
    expect(bounded.match(/<li>/g)).toHaveLength(1 + mostEnded);
    expect(bounded).toContain("agreed to");
  });

  test("fail/a request whose dataset is no longer registered can only be declined", async () => {
    await asks();
    const browser = await world.opened(bank);
    const offers = async () => /Agree with the card/.test((await browser.open()).text);
    expect(await offers()).toBe(true);
    await registerDatasets(registry.pool, bank.partyId, []);
    expect(await offers()).toBe(false);
    const { rows } = await registry.pool.query<{ id: string }>(
      "select id from link_requests where person_id = $1",
      [bank.personId],
    );
    const form = (await formOf(browser))!;
    expect((await browser.press("/grant", { request: rows[0]!.id, form })).status).toBe(409);
    expect((await browser.press("/decline", { request: rows[0]!.id, form })).text).toContain("Done.");
  });
});
