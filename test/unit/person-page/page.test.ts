import { describe, expect, test } from "@jest/globals";
import { mostLinesOfDay } from "../../../domain/consent/disclosing.ts";
import { addAttributeRead } from "../../../registry/attribute-record/reads.ts";
import { frozenWithoutSuccessor } from "../../../registry/certificate/freezes.ts";
import { registry, world } from "./opened-page.ts";
import {
  asks,
  bank,
  clinic,
  formOf,
  openPageForEachTest,
  stateOf,
  states,
  stranger,
} from "./page-visitors.ts";

openPageForEachTest();

describe("the CA's own page", () => {
  test("ok/shows phones, consents, requested links, reads and openings across parties, and nobody else's", async () => {
    await world.granted(bank, { attributes: ["address"] });
    await world.granted(clinic);
    await world.atTap()({ enrolmentId: await world.tapped(bank, [{ kind: "register-refresh" }]) });
    const consentId = (await world.inForceOf(bank))[0]!.id;
    const read = { consentId, personId: bank.personId, partyId: clinic.partyId, version: 1 };
    await addAttributeRead(
      registry.pool,
      {
        ...read,
        attributes: ["address"],
        asked: ["address"],
        way: "attributes",
        readAt: new Date("2026-05-01T01:02:00Z"),
      },
      mostLinesOfDay,
    );
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

  test("ok/a phone with an expired certificate is not shown as in use, and is stopped with the others", async () => {
    await registry.pool.query("update certificates set not_after = $2 where enrolment_id = $1", [
      clinic.phone.enrolmentId,
      new Date(world.plays.now.getTime() - 1_000),
    ]);
    const browser = await world.opened(bank);
    const { text } = await browser.open();
    expect(text).toMatch(/<strong>ABC Bank<\/strong> <span class="quiet">app · in use ·/);
    expect(text).toMatch(/<strong>Midori Clinic<\/strong> <span class="quiet">app · expired ·/);
    expect((await browser.press("/stop-all", { sure: "yes" })).text).toContain("Done.");
    expect([await stateOf(bank), await stateOf(clinic)]).toEqual(["revoked", "revoked"]);
  });

  test("ok/the person stops one phone and not the other; its party is notified, and `replace` succeeds it", async () => {
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

  test("ok/the person stops all their phones at once, and no other person's", async () => {
    const browser = await world.opened(bank);
    await browser.press("/stop-all", { sure: "yes" });
    expect((await states(bank)).map(({ state }) => state)).toEqual(["revoked", "revoked"]);
    expect(await stateOf(stranger)).toBe("active");
    expect((await browser.open()).text).not.toContain("Stop all phones");
  });

  test("ok/the person withdraws a consent to any party; a second press changes nothing", async () => {
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

  test("ok/operators withdrew a consent for a caller: the receipt says so, and the page shows it", async () => {
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

  test("fail/a consent past its term is shown as expired, before its lifecycle has ended it", async () => {
    await world.granted(bank, { attributes: ["address"] });
    const [consent] = await world.inForceOf(bank);
    const consents = async () =>
      /<h2>Consents<\/h2>.*?<\/section>/s.exec((await (await world.opened(bank)).open()).text)![0];
    expect(await consents()).toMatch(/in force.*Withdraw/s);
    await registry.pool.query("update consents set valid_until = $2 where id = $1", [
      consent!.id,
      new Date(world.plays.now.getTime() - 1_000),
    ]);
    const shown = await consents();
    expect(shown).toContain("expired");
    expect(shown).not.toMatch(/in force|Withdraw/);
  });

  test("fail/another person's phones, consents and requests cannot be stopped, withdrawn, granted or declined", async () => {
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

  test("fail/a press without the page's origin, form token, checkbox or session does nothing", async () => {
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
