import { describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import { changeConsent, withdrawalOf } from "../../../client/app/consent-change.ts";
import { askForLink } from "../../../client/app/link-requests.ts";
import { registerDatasets } from "../../../registry/link/datasets.ts";
import { gateway } from "./consent-gateway.ts";
import { registry, world } from "./consent-registry.ts";
import { account } from "./datasets.ts";
import { giver, grant, linkOf, requests, serveLinks, taker, terms } from "./link-world.ts";

serveLinks();

describe("only registered words reach the other party's app", () => {
  const inEnglish = { dataset: "Account", purpose: "Refund" };
  const notRegistered = {
    code: "LINK_NOT_POSSIBLE",
    detail: expect.stringMatching(/registered.*--datasets/),
  };
  const count = async (table: string) =>
    (await registry.pool.query(`select 1 from ${table} where person_id = $1`, [giver.personId])).rowCount;

  test("ok/named in either language and shown in one, so that the language identifies nobody; both languages can be read", async () => {
    expect(await gateway.linkDatasets(giver.partyId)).toContainEqual(account);
    const asked = await askForLink(gateway, taker.phone, { ...terms, ...inEnglish });
    expect(await askForLink(gateway, taker.phone, terms)).toEqual(asked);
    expect(await requests(giver.phone)).toMatchObject([{ link: terms }]);
    await grant(giver.phone, { ...terms, ...inEnglish });
    expect(await requests(taker.phone)).toMatchObject([{ ...asked, state: "granted", link: terms }]);
    for (const { phone } of [giver, taker]) {
      const { link, receipt = "" } = await linkOf(phone);
      expect([link, decodeJwt(receipt)["link"]]).toEqual([terms, terms]);
    }
    await expect(grant(giver.phone)).rejects.toMatchObject({ code: "CONSENT_REVISION_PASSED" });
  });

  test("ok/a link past its term is granted again, before its lifecycle has ended it", async () => {
    await grant(giver.phone);
    await expect(grant(giver.phone)).rejects.toMatchObject({ code: "CONSENT_REVISION_PASSED" });
    await registry.pool.query(
      "update consents set valid_until = now() - interval '2 seconds' where person_id = $1 and kind = 'link'",
      [giver.personId],
    );
    await grant(giver.phone);
    expect(await count("links")).toBe(2);
  });

  test("fail/an app can neither ask nor grant in its own words, and nothing is stored", async () => {
    for (const wrong of [
      { purpose: "customer 4711" },
      { dataset: "customer 4711" },
      { dataset: "Account" },
      { purpose: "Refund" },
      { dataset: "Set 1" },
    ])
      for (const attempt of [
        () => askForLink(gateway, taker.phone, { ...terms, ...wrong }),
        () => grant(giver.phone, { ...terms, ...wrong }),
      ])
        await expect(attempt()).rejects.toMatchObject(notRegistered);
    expect([await count("link_requests"), await count("links")]).toEqual([0, 0]);
    expect([await requests(giver.phone), await requests(taker.phone)]).toEqual([[], []]);
  });

  test("fail/a party without registered datasets can neither be asked nor grant", async () => {
    await registerDatasets(registry.pool, giver.partyId, []);
    expect(await gateway.linkDatasets(giver.partyId)).toEqual([]);
    await expect(askForLink(gateway, taker.phone, terms)).rejects.toMatchObject(notRegistered);
    await expect(grant(giver.phone)).rejects.toMatchObject(notRegistered);
    await expect(gateway.linkDatasets("nobody")).rejects.toMatchObject({ code: "UNKNOWN_PARTY" });
  });

  test("ok/a link from before registration, in an app's words, stays in force: shown, renewed, withdrawn", async () => {
    await grant(giver.phone);
    await registry.pool.query(
      "update links set dataset = 'Old', purpose = 'words', dataset_en = null, purpose_en = null where person_id = $1",
      [giver.personId],
    );
    await registerDatasets(registry.pool, giver.partyId, []);
    const old = { ...terms, dataset: "Old", purpose: "words" };
    const shown = await linkOf(giver.phone);
    expect(shown).toMatchObject({ state: "in-force", link: old });
    const { consentId, revision } = shown;
    await changeConsent(gateway, giver.phone, {
      act: "renew",
      kind: "link",
      consentId,
      revision,
      attributes: [],
      notice: world.notices.link,
    });
    await changeConsent(gateway, taker.phone, withdrawalOf(await linkOf(taker.phone)));
    expect(await linkOf(giver.phone)).toMatchObject({ state: "withdrawn", link: old });
  });

  test("fail/a request from before registration, in an app's words, is shown to the asking side only", async () => {
    const asked = await askForLink(gateway, taker.phone, terms);
    await registry.pool.query(
      "update link_requests set purpose = 'customer 4711', dataset_en = null, purpose_en = null where person_id = $1",
      [giver.personId],
    );
    expect(await requests(giver.phone)).toEqual([]);
    expect(await requests(taker.phone)).toMatchObject([{ ...asked, link: { purpose: "customer 4711" } }]);
  });
});
