import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { openPageVisit } from "../../../client/app/page-visit.ts";
import { refuse } from "../../../protocol/refusals.ts";
import { addAttributeRead } from "../../../registry/attribute-record/reads.ts";
import { frozenWithoutSuccessor } from "../../../registry/certificate/freezes.ts";
import { registerDatasets } from "../../../registry/link/datasets.ts";
import { addLinkRequest } from "../../../registry/link/requests.ts";
import { findNotice } from "../../../registry/party/parties.ts";
import { closeErasure } from "../../../registry/person-page/erasure.ts";
import { mostEnded } from "../../../registry/person-page/everything.ts";
import { termsOf } from "../consent/datasets.ts";
import { addPhone, sealer } from "../notification/people.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";
import { tapOf } from "./browser.ts";
import { makePageWorld, type PageWorld, type Person } from "./world.ts";

let registry: TestRegistry;
let world: PageWorld;
/** The same person at two parties, and somebody else. */
let bank: Person;
let clinic: Person;
let stranger: Person;

beforeAll(async () => {
  registry = await startTestRegistry();
});
afterAll(() => registry?.close());
beforeEach(async () => {
  world = await makePageWorld(registry.pool);
  bank = await world.newPerson();
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
afterEach(() => world.close());

const states = async ({ personId }: Person) =>
  (
    await registry.pool.query<{ id: string; state: string }>(
      "select id, state from enrolments where person_id = $1",
      [personId],
    )
  ).rows;
const stateOf = async (person: Person) =>
  (await states(person)).find(({ id }) => id === person.phone.enrolmentId)!.state;
/** Words that would be markup, in one language. */
const account = {
  dataset: { ja: "口座", en: "Account <b>" },
  purpose: { ja: "払い戻し", en: "Refund" },
};
const asks = (askedAt = world.plays.now) =>
  addLinkRequest(registry.pool, {
    personId: bank.personId,
    terms: termsOf(account, { from: bank.partyId, to: clinic.partyId }),
    askedBy: clinic.phone.enrolmentId,
    digest: crypto.randomUUID(),
    createdAt: askedAt,
    expiresAt: new Date(askedAt.getTime() + 86_400_000),
  });

describe("a tap opens the page", () => {
  test("ok/on the same device: the phone's code opens it in the browser that began, and in no other", async () => {
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

  test("ok/read off the screen by anybody's device: the number that stands there opens it by itself", async () => {
    const browser = world.browser();
    const { elsewhere, number } = tapOf(await browser.press("/tap"));
    const visit = await openPageVisit(world.gateway, elsewhere);
    expect(visit.numbers).toContain(number);
    const answer = await world.answer(visit, await world.cardOf(bank.personId), { number });
    expect(answer).toEqual({ visitId: visit.visitId, state: "approved" });
    expect((await browser.open("/tap")).text).toContain("Midori Clinic");
  });

  test("ok/nothing runs on it, nothing comes from elsewhere, and nobody frames it", async () => {
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

  test("fail/a wrong number ends it before the card's issuer is asked", async () => {
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

  test("fail/whatever is wrong with the card is one refusal; the issuer is asked last, and three such end it", async () => {
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

  test("fail/paid questions about one person are counted; with the issuer away it is tried again", async () => {
    const away = await world.cardOf(bank.personId, refuse("TRY_AGAIN", "away"));
    const begin = async () => openPageVisit(world.gateway, tapOf(await world.browser().press("/tap")).here);
    const visit = await begin();
    await expect(world.answer(visit, away)).rejects.toMatchObject({ code: "TRY_AGAIN" });
    expect(await world.answer(visit, await world.cardOf(bank.personId))).toMatchObject({ state: "approved" });
    const card = await world.cardOf(bank.personId);
    for (let n = 2; n < 10; n += 1) await world.answer(await begin(), card);
    await expect(world.answer(await begin(), card)).rejects.toMatchObject({ code: "TOO_MANY_REQUESTS" });
    expect(world.asked).toHaveLength(10);
    expect(await world.answer(await begin(), await world.cardOf(stranger.personId))).toMatchObject({
      state: "approved",
    });
  });

  test("fail/after its time, and after a quarter of an hour the page closes", async () => {
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

describe("everything is there", () => {
  test("ok/across parties: phones, consents, links that are asked for, reads and openings; of nobody else", async () => {
    await world.granted(bank, { attributes: ["address"] });
    await world.granted(clinic);
    await world.atTap()({ enrolmentId: await world.tapped(bank, [{ kind: "register-refresh" }]) });
    const consentId = (await world.inForceOf(bank))[0]!.id;
    const read = { consentId, personId: bank.personId, partyId: clinic.partyId, version: 1 };
    await addAttributeRead(registry.pool, {
      ...read,
      attributes: ["address"],
      asked: ["address"],
      way: "attributes",
      readAt: new Date("2026-05-01T01:02:00Z"),
    });
    await asks();
    await world.granted(stranger);
    const { text } = await (await world.opened(bank)).open();
    expect(text.match(/Stop this phone/g)).toHaveLength(3);
    expect(text).toContain("ABC Bank receives changes");
    expect(text).toContain("Midori Clinic receives changes");
    expect(text).toContain("The CA may ask the register");
    expect(text).toContain("Account &lt;b&gt;");
    expect(text).toContain("1 May 2026, 10:02");
    expect(text).not.toContain(stranger.phone.enrolmentId);
    const japanese = await fetch(world.pageUrl, { headers: { "accept-language": "ja" } });
    expect(await japanese.text()).toContain("カードで開く");
  });

  test("ok/one phone stopped, and the other not; it is told to the party, and `replace` succeeds it", async () => {
    const browser = await world.opened(bank);
    const shown = await browser.press("/stop", { enrolment: clinic.phone.enrolmentId, sure: "yes" });
    expect(shown.text).toContain("Done.");
    expect([await stateOf(bank), await stateOf(clinic)]).toEqual(["active", "revoked"]);
    expect(world.signalled).toEqual([clinic.phone.enrolmentId]);
    const { rows } = await registry.pool.query(
      "select reason, revoked_by from revocations r join certificates c using (serial) where c.enrolment_id = $1",
      [clinic.phone.enrolmentId],
    );
    expect(rows).toEqual([{ reason: "privilegeWithdrawn", revoked_by: "person" }]);
    expect(await frozenWithoutSuccessor(registry.pool, bank.personId, clinic.partyId)).toEqual([
      clinic.phone.enrolmentId,
    ]);
  });

  test("ok/all phones stopped at once, of this person alone", async () => {
    const browser = await world.opened(bank);
    await browser.press("/stop-all", { sure: "yes" });
    expect((await states(bank)).map(({ state }) => state)).toEqual(["revoked", "revoked"]);
    expect(await stateOf(stranger)).toBe("active");
    expect((await browser.open()).text).not.toContain("Stop all phones");
  });

  test("ok/a consent withdrawn, whatever party it is about; pressed again it is over", async () => {
    const mine = await world.granted(clinic);
    const browser = await world.opened(bank);
    const shown = await browser.press("/withdraw", { consent: mine });
    expect(shown.text).toContain("Done.");
    expect(await world.row(mine)).toMatchObject({ state: "withdrawn" });
    const form = (await formOf(browser))!;
    expect((await browser.press("/withdraw", { consent: mine, form })).text).toContain("Done.");
    const [change] = (await world.changesOf(mine)).slice(-1);
    expect(change).toMatchObject({ act: "withdraw", source: "card", outcome: "applied" });
  });

  test("ok/a link that is asked for: agreed to by a tap that shows its terms, or declined", async () => {
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

  test("ok/who asked for what, and what became of it: newest first, in the person's language, the last fifty", async () => {
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

  test("fail/where there is nothing to agree to, a request can only be declined", async () => {
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

  test.each([
    ["done", null, "Two operators have erased"],
    ["declined", "kept-by-law", "nothing was erased. We must keep"],
  ] as const)(
    "ok/an erasure that operators closed as %s: the page says what became of it",
    async (state, reason, says) => {
      const browser = await world.opened(bank);
      await browser.open();
      await browser.press("/erasure", { sure: "yes" });
      const { rows } = await registry.pool.query<{ id: string }>(
        "select id from erasure_requests where person_id = $1",
        [bank.personId],
      );
      const closed = {
        id: rows[0]!.id,
        state,
        reason,
        operationId: crypto.randomUUID(),
        now: world.plays.now,
      };
      await closeErasure(registry.pool, sealer, { ...closed, proof: "approved" });
      const { text } = await browser.open();
      expect(text).toContain(says);
      expect(text).toContain("Ask for erasure");
    },
  );

  test("ok/a consent that operators withdrew for a caller: the receipt says so, and the page shows it", async () => {
    const consentId = await world.granted(bank);
    const withdrawal = { consentId, act: "withdraw", source: "operator" } as const;
    const { outcome } = await world.changed(bank, { ...withdrawal, enrolmentId: undefined } as never);
    expect(outcome.kind).toBe("applied");
    const receipt = (await world.changesOf(consentId)).at(-1)!.receipt;
    expect(JSON.parse(Buffer.from(receipt.split(".")[1], "base64url").toString()).event).toMatchObject({
      act: "withdraw",
      state: "withdrawn",
      signed_with: "operator",
    });
    expect((await (await world.opened(bank)).open()).text).toContain("withdrawn");
  });

  test("ok/erasure asked for, once, and taken back", async () => {
    const browser = await world.opened(bank);
    expect((await browser.press("/erasure", { sure: "yes" })).text).toContain("You requested it on");
    await browser.press("/erasure", { sure: "yes", form: (await formOf(browser))! });
    const open = () =>
      registry.pool.query("select state from erasure_requests where person_id = $1", [bank.personId]);
    expect((await open()).rows).toEqual([{ state: "open" }]);
    expect((await browser.press("/erasure/take-back")).text).toContain("Ask for erasure");
    expect((await open()).rows).toEqual([{ state: "taken-back" }]);
  });

  test("fail/of somebody else nothing is stopped, withdrawn, granted or declined", async () => {
    const theirs = await world.granted(stranger);
    const asked = await asks();
    const browser = await world.opened(stranger);
    const form = (await formOf(browser))!;
    await browser.press("/stop", { enrolment: bank.phone.enrolmentId, sure: "yes", form });
    expect(await stateOf(bank)).toBe("active");
    const own = await world.opened(bank);
    const withdrawn = await own.press("/withdraw", { consent: theirs, form: (await formOf(own))! });
    expect(withdrawn.status).toBe(409);
    expect(await world.row(theirs)).toMatchObject({ state: "in-force" });
    const [request] = (
      await registry.pool.query<{ id: string }>("select id from link_requests where receiving_id = $1", [
        asked,
      ])
    ).rows;
    for (const act of ["/grant", "/decline"]) {
      const shown = await browser.press(act, { request: request!.id, form });
      expect([act, shown.status]).toEqual([act, 409]);
    }
  });

  test("fail/without the page's origin, its token or the box; without a session nothing is done", async () => {
    const browser = await world.opened(bank);
    await browser.open();
    const fields = { enrolment: bank.phone.enrolmentId, sure: "yes" };
    const form = (await formOf(browser))!;
    const other = (await formOf(await world.opened(bank)))!;
    for (const [more, headers] of [
      [{ ...fields, form }, { origin: "https://elsewhere.example" }],
      [{ ...fields, form }, { origin: "null" }],
      [{ ...fields, form: other }, {}],
      [{ ...fields, form: "" }, {}],
    ] as const)
      expect((await browser.press("/stop", more, headers)).status).toBe(403);
    expect((await browser.press("/stop", { enrolment: bank.phone.enrolmentId, sure: "", form })).status).toBe(
      400,
    );
    expect((await browser.press("/stop", { enrolment: "x", sure: "yes", form })).status).toBe(400);
    expect((await world.browser().press("/stop", { ...fields, form })).text).toContain("Open with the card");
    await browser.press("/log-out", { form });
    expect((await browser.press("/stop", { ...fields, form })).text).toContain("Open with the card");
    expect(await stateOf(bank)).toBe("active");
  });
});

const formOf = async (browser: { open(): Promise<{ text: string }> }) =>
  /name="form" value="([^"]+)"/.exec((await browser.open()).text)?.[1];
