import { describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import { changeConsent, type WantedChange, withdrawalOf } from "../../../client/app/consent-change.ts";
import { askForLink, closeLinkRequest } from "../../../client/app/link-requests.ts";
import { linkRequestMs } from "../../../protocol/link.ts";
import { registerDatasets } from "../../../registry/link/datasets.ts";
import { gateway, lifecycle, pushed } from "./consent-gateway.ts";
import { registry, world } from "./consent-registry.ts";
import { account } from "./datasets.ts";
import { giver, grant, linkOf, requests, serveLinks, shownConsents, taker, terms } from "./link-world.ts";

serveLinks();

describe("the giving party's app grants a link", () => {
  test("fail/the receiving party's app can neither grant nor renew; the refusal tells the user of an old app what to do", async () => {
    const refused = {
      code: "LINK_NOT_POSSIBLE",
      next: { en: expect.stringMatching(/giving party.*update/) },
    };
    await expect(grant(taker.phone)).rejects.toMatchObject(refused);
    expect(await shownConsents(giver.phone)).toEqual([]);
    await grant(giver.phone);
    const { consentId, revision } = await linkOf(taker.phone);
    const renewal: WantedChange = { act: "renew", kind: "link", consentId, revision, attributes: [] };
    await expect(
      changeConsent(gateway, taker.phone, { ...renewal, notice: world.notices.link }),
    ).rejects.toMatchObject(refused);
    const own = await linkOf(giver.phone);
    const renewed = await changeConsent(gateway, giver.phone, {
      ...renewal,
      consentId: own.consentId,
      revision: own.revision,
      notice: world.notices.link,
    });
    expect(renewed).toMatchObject({ consentId: own.consentId, revision: 2, state: "in-force" });
  });

  test("ok/one app asks, the other grants: both inboxes show it, each under its own ids", async () => {
    const asked = await askForLink(gateway, taker.phone, terms);
    expect(asked.state).toBe("open");
    const [waiting] = await requests(giver.phone);
    expect(waiting).toMatchObject({ role: "gives", link: terms, state: "open" });
    expect(waiting!.requestId).not.toBe(asked.requestId);
    expect(await requests(taker.phone)).toMatchObject([{ ...asked, role: "receives", link: terms }]);

    const granted = await grant(giver.phone);
    expect(pushed).toEqual([giver.partyId, taker.partyId]);
    expect(await requests(giver.phone)).toMatchObject([{ requestId: waiting!.requestId, state: "granted" }]);
    expect(await requests(taker.phone)).toMatchObject([{ requestId: asked.requestId, state: "granted" }]);
    const [here, there] = [await shownConsents(giver.phone), await shownConsents(taker.phone)];
    expect(here).toMatchObject([
      { consentId: granted.consentId, act: "grant", where: "here", kind: "link", link: terms },
    ]);
    expect(there).toMatchObject([{ act: "grant", where: "elsewhere", kind: "link", link: terms }]);
    expect(there[0]!.consentId).not.toBe(granted.consentId);

    // The receipt of each names the person as that party knows them, and no other.
    const receipts = await Promise.all(
      [giver, taker].map(async ({ phone }) => (await linkOf(phone)).receipt!),
    );
    const [ours, theirs] = receipts.map((receipt) => decodeJwt(receipt));
    expect(ours).toMatchObject({ record_id: granted.consentId, sub: "at-the-giver", recipient: terms.to });
    expect(theirs).toMatchObject({ record_id: there[0]!.consentId, sub: "at-the-taker", purpose: "link" });
  });

  test("ok/either side withdraws, and both inboxes show it", async () => {
    await grant(giver.phone);
    await changeConsent(gateway, taker.phone, withdrawalOf(await linkOf(taker.phone)));
    expect(await shownConsents(taker.phone)).toMatchObject([
      { act: "withdraw", where: "here" },
      { act: "grant" },
    ]);
    expect(await shownConsents(giver.phone)).toMatchObject([
      { act: "withdraw", where: "elsewhere" },
      { act: "grant" },
    ]);
    expect(await linkOf(giver.phone)).toMatchObject({ state: "withdrawn" });
  });

  test("bad/an app that renews a link repeatedly: pushes and notices to the other side's phones are limited", async () => {
    const { consentId } = await grant(giver.phone);
    const renewal: WantedChange = { act: "renew", kind: "link", consentId, attributes: [] };
    const renew = async () =>
      changeConsent(gateway, giver.phone, {
        ...renewal,
        revision: (await linkOf(giver.phone)).revision,
        notice: world.notices.link,
      });
    for (let time = 0; time < 16; time += 1) await renew();
    for (let time = 0; time < 3; time += 1)
      await expect(renew()).rejects.toMatchObject({ code: "TOO_MANY_REQUESTS" });
    expect(pushed).toHaveLength(17);
    expect((await shownConsents(taker.phone)).length).toBeLessThanOrEqual(17);
    // Nothing keeps a person from an end of it.
    expect(await changeConsent(gateway, giver.phone, withdrawalOf(await linkOf(giver.phone)))).toMatchObject({
      state: "withdrawn",
    });
  });

  test("ok/the giving side declines, or the asking side takes it back; a repeat has the same answer", async () => {
    await askForLink(gateway, taker.phone, terms);
    const { requestId } = (await requests(giver.phone))[0]!;
    for (let times = 0; times < 2; times += 1)
      expect(await closeLinkRequest(gateway, giver.phone, requestId)).toEqual({
        requestId,
        state: "declined",
      });
    const [own] = await requests(taker.phone);
    expect(own).toMatchObject({ state: "declined" });
    await expect(closeLinkRequest(gateway, taker.phone, own!.requestId)).rejects.toMatchObject({
      code: "LINK_REQUEST_CLOSED",
    });
    const again = await askForLink(gateway, taker.phone, terms);
    expect(again.requestId).not.toBe(own!.requestId);
    expect(await askForLink(gateway, taker.phone, terms)).toEqual(again);
    expect(pushed).toEqual([giver.partyId, taker.partyId, giver.partyId]);
    expect(await closeLinkRequest(gateway, taker.phone, again.requestId)).toMatchObject({
      state: "taken-back",
    });
    expect(await requests(giver.phone)).toMatchObject([{ state: "taken-back" }, { state: "declined" }]);
  });

  test("fail/the answer does not tell the asking app whether the person is known at the giving party", async () => {
    const stranger = await world.newPerson();
    await registerDatasets(registry.pool, stranger.partyId, [account]);
    const answer = await askForLink(gateway, taker.phone, { ...terms, from: stranger.partyId });
    expect(answer).toEqual({ requestId: expect.any(String), state: "open" });
    expect(await requests(stranger.phone)).toEqual([]);
    await expect(askForLink(gateway, taker.phone, { ...terms, from: "nobody" })).rejects.toMatchObject({
      code: "UNKNOWN_PARTY",
    });
  });

  test("fail/a request for another party, of another person, too often, or after its end", async () => {
    const code = (what: string) => ({ code: what });
    for (const wrong of [{ to: giver.partyId, from: taker.partyId }, { from: taker.partyId }])
      await expect(askForLink(gateway, taker.phone, { ...terms, ...wrong })).rejects.toMatchObject(
        code("MALFORMED_REQUEST"),
      );
    const asked = await askForLink(gateway, taker.phone, terms);
    const other = await world.newPerson(giver.partyId);
    const [waiting] = await requests(giver.phone);
    for (const [phone, id] of [
      [other.phone, waiting!.requestId],
      [giver.phone, asked.requestId],
    ] as const)
      await expect(closeLinkRequest(gateway, phone, id)).rejects.toMatchObject(code("LINK_REQUEST_CLOSED"));
    await registry.pool.query("update link_requests set expires_at = $2 where receiving_id = $1", [
      asked.requestId,
      new Date(),
    ]);
    expect(await requests(giver.phone)).toMatchObject([{ state: "expired" }]);
    await expect(closeLinkRequest(gateway, giver.phone, waiting!.requestId)).rejects.toMatchObject(
      code("LINK_REQUEST_CLOSED"),
    );
    const set = (n: number) => ({ ...terms, dataset: `Set ${n}`, purpose: "Refund" });
    for (let n = 1; n < 8; n += 1) await askForLink(gateway, taker.phone, set(n));
    const more = set(0);
    await expect(askForLink(gateway, taker.phone, more)).rejects.toMatchObject(
      code("LINK_REQUESTS_TOO_MANY"),
    );
    await registry.pool.query("update link_requests set created_at = $2 where person_id = $1", [
      taker.personId,
      new Date(Date.now() - linkRequestMs),
    ]);
    expect(await askForLink(gateway, taker.phone, more)).toMatchObject({ state: "open" });
  });
});

describe("a request for a link", () => {
  test("fail/both sides see the end of a day in Japan, not a moment set by one side", async () => {
    const before = Date.now();
    await askForLink(gateway, taker.phone, terms);
    for (const { phone } of [giver, taker]) {
      const [{ expiresAt } = { expiresAt: "" }] = await requests(phone);
      expect(expiresAt).toMatch(/T15:00:00.000Z$/);
      expect(Date.parse(expiresAt) - before).toBeGreaterThanOrEqual(linkRequestMs);
      expect(Date.parse(expiresAt) - before).toBeLessThanOrEqual(linkRequestMs + 2 * 86_400_000);
    }
    await registry.pool.query(
      "update link_requests set expires_at = '2099-01-01T15:12:13.456Z' where person_id = $1",
      [giver.personId],
    );
    expect(await requests(giver.phone)).toMatchObject([{ expiresAt: "2099-01-01T15:00:00.000Z" }]);
  });

  test("ok/the transaction that stores the grant closes the request: after it nobody can decline it or take it back", async () => {
    const { requestId } = await askForLink(gateway, taker.phone, terms);
    let seen: unknown;
    lifecycle.beforeApplied = async () => {
      await expect(closeLinkRequest(gateway, taker.phone, requestId)).rejects.toMatchObject({
        code: "LINK_REQUEST_CLOSED",
      });
      seen = await requests(giver.phone);
    };
    await grant(giver.phone);
    expect(seen).toMatchObject([{ state: "granted" }]);
    expect(await requests(taker.phone)).toMatchObject([{ requestId, state: "granted" }]);
  });

  test("bad/the request is open again where the lifecycle refuses the grant", async () => {
    const { requestId } = await askForLink(gateway, taker.phone, terms);
    lifecycle.beforeApplied = async () => {
      await registry.pool.query("update enrolments set state = 'revoked' where id = $1", [
        giver.phone.enrolmentId,
      ]);
    };
    await expect(grant(giver.phone)).rejects.toMatchObject({ code: "MESSAGE_UNTRUSTED" });
    expect(await requests(taker.phone)).toMatchObject([{ requestId, state: "open" }]);
    expect(await closeLinkRequest(gateway, taker.phone, requestId)).toMatchObject({ state: "taken-back" });
  });
});
