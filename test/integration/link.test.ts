import { createHash, randomUUID } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { changeConsent, withdrawalOf } from "../../client/app/consent-change.ts";
import { Gateway } from "../../client/app/gateway.ts";
import { askForLink, closeLinkRequest } from "../../client/app/link-requests.ts";
import { LinkTokenInvalid, verifyLinkToken } from "../../client/relying-party/link-token.ts";
import type { LinkTerms, PartyLink } from "../../protocol/link.ts";
import type { PartyCaller } from "../unit/openid/party-caller.ts";
import { partyClient } from "./party.ts";
import { refusalOf } from "./refused.ts";
import { Resident } from "./resident.ts";
import { rows, stack } from "./stack.ts";

const gateway = new Gateway(stack.gateway);

/** Two parties and a person who is enrolled at both. */
async function enrolledTwice() {
  const [giver, taker] = [await partyClient(), await partyClient()];
  const atGiver = await Resident.enrolled({ party: giver.partyId, agree: ["terms", "disclosure"] });
  const atTaker = await Resident.enrolled({ party: taker.partyId }, atGiver.phone);
  const terms: LinkTerms = {
    from: giver.partyId,
    to: taker.partyId,
    dataset: "Account holder since",
    purpose: "A lower premium",
  };
  return { giver, taker, atGiver, atTaker, terms };
}

async function grant(resident: Resident, link: LinkTerms) {
  const { linkNotices = [] } = await gateway.configuration();
  const notice = linkNotices.find(({ language }) => language === "en")!;
  return changeConsent(gateway, resident.enrolment, {
    act: "grant",
    kind: "link",
    attributes: [],
    notice,
    link,
  });
}

async function linkOf(party: PartyCaller): Promise<PartyLink> {
  const { status, body } = await party.call("GET", "/v1/links", undefined, { scope: "links" });
  expect(status).toBe(200);
  const [link] = (body as unknown as { links: PartyLink[] }).links;
  return link!;
}

/** What an inbox shows of links; it may show the consent towards the register, too. */
const linksTold = async (resident: Resident) =>
  (await resident.inbox()).consents.filter(({ kind }) => kind === "link");

const askToken = (party: PartyCaller, linkId: string) =>
  party.call("POST", `/v1/links/${linkId}/tokens`, undefined, { scope: "links" });

/** What the giving party sees of a request, and how it judges it. */
async function asked(giver: PartyCaller, by: PartyCaller, token: string, wrong: { url?: string } = {}) {
  const url = "https://giver.example/datasets/account-holder-since";
  const dpop = await by.proof("GET", wrong.url ?? url, token);
  const jwks = (await (await fetch(`${stack.gateway}/openid/jwks`)).json()) as { keys: [] };
  const seen = new Set<string>();
  const check = () =>
    verifyLinkToken(
      { method: "GET", url, authorization: `DPoP ${token}`, dpop },
      {
        jwks,
        issuer: `${stack.gateway}/openid`,
        party: giver.partyId,
        isNew: (id) => !seen.has(id) && seen.add(id).has(id),
      },
    );
  return check;
}

describe("a link", () => {
  test("ok/agreed to at one party, shown at both under their own ids, used for a token, and ended by the withdrawal", async () => {
    const { giver, taker, atGiver, atTaker, terms } = await enrolledTwice();
    const granted = await grant(atGiver, terms);
    expect(granted.state).toBe("in-force");
    const [given, received] = [await linkOf(giver), await linkOf(taker)];
    expect(given).toMatchObject({
      role: "gives",
      sub: atGiver.subject,
      counterpart: { id: taker.partyId },
      dataset: terms.dataset,
      purpose: terms.purpose,
      state: "in-force",
    });
    expect(received).toMatchObject({
      role: "receives",
      sub: atTaker.subject,
      counterpart: { id: giver.partyId },
    });
    const names = [
      given.linkId,
      received.linkId,
      given.linkSubject,
      received.linkSubject,
      given.sub,
      received.sub,
    ];
    expect(new Set([...names, granted.consentId]).size).toBe(7);

    const { body } = await askToken(taker, received.linkId);
    const check = await asked(giver, taker, String(body["token"]));
    expect(await check()).toEqual({
      linkSubject: given.linkSubject,
      party: taker.partyId,
      dataset: terms.dataset,
      purpose: terms.purpose,
    });
    await expect(check()).rejects.toThrow(LinkTokenInvalid);

    // Withdrawn at the other side than it was given at.
    const [shown] = (await atTaker.consents()).filter(({ kind }) => kind === "link");
    expect(shown).toMatchObject({ link: terms });
    expect(shown!.consentId).not.toBe(granted.consentId);
    await changeConsent(gateway, atTaker.enrolment, withdrawalOf(shown!));
    expect(await askToken(taker, received.linkId)).toMatchObject({
      status: 409,
      body: { code: "CONSENT_NOT_IN_FORCE" },
    });
    expect([(await linkOf(giver)).state, (await linkOf(taker)).state]).toEqual(["withdrawn", "withdrawn"]);
  });

  test("fail/the receiving party's app cannot grant; it asks, and both inboxes show it", async () => {
    const { giver, taker, atGiver, atTaker, terms } = await enrolledTwice();
    expect(await refusalOf(grant(atTaker, terms))).toBe("LINK_NOT_POSSIBLE");
    const asked = await askForLink(gateway, atTaker.enrolment, terms);
    for (const party of [giver, taker])
      expect((await party.call("GET", "/v1/links", undefined, { scope: "links" })).body).toEqual({
        links: [],
      });
    const [waiting] = (await atGiver.inbox()).linkRequests;
    expect(waiting).toMatchObject({ role: "gives", link: terms, state: "open" });
    await grant(atGiver, terms);
    expect((await atTaker.inbox()).linkRequests).toMatchObject([{ ...asked, state: "granted" }]);
    for (const resident of [atGiver, atTaker])
      expect(await linksTold(resident)).toMatchObject([{ act: "grant", link: terms }]);
  });

  test("fail/nothing in an app's own words reaches the other party's app, asked for or granted", async () => {
    const { atGiver, atTaker, terms } = await enrolledTwice();
    const revealing = { ...terms, purpose: `customer ${randomUUID()}` };
    for (const attempt of [askForLink(gateway, atTaker.enrolment, revealing), grant(atGiver, revealing)])
      expect(await refusalOf(attempt)).toBe("LINK_NOT_POSSIBLE");
    for (const resident of [atGiver, atTaker]) {
      expect((await resident.inbox()).linkRequests).toEqual([]);
      expect((await resident.consents()).filter(({ kind }) => kind === "link")).toEqual([]);
    }
  });

  test("fail/a flood by the receiving party's app pushes no consent of the person out of a list", async () => {
    const { atGiver, atTaker, terms } = await enrolledTwice();
    const { consentId } = await atGiver.disclosure();
    const seen = async () =>
      (await atGiver.consents()).map((consent) => [consent.consentId, consent.state] as const);
    const before = await seen();
    expect(before).toContainEqual([consentId, "in-force"]);
    for (let index = 0; index < 33; index += 1) {
      const flooding = { ...terms, dataset: `Data ${index}`, purpose: "p" };
      expect(await refusalOf(grant(atTaker, flooding))).toBe("LINK_NOT_POSSIBLE");
      expect(await refusalOf(askForLink(gateway, atTaker.enrolment, flooding))).toBe("LINK_NOT_POSSIBLE");
    }
    // What it may ask for, it may ask for eight times a month, and each is one that the person can look through.
    let asked = 0;
    for (; asked < 20; asked += 1) {
      const answer = await askForLink(gateway, atTaker.enrolment, terms).catch((error: unknown) => error);
      if (answer instanceof Error) break;
      const { requestId } = answer as { requestId: string };
      await closeLinkRequest(gateway, atTaker.enrolment, requestId);
    }
    expect(asked).toBe(8);
    expect((await atGiver.inbox()).linkRequests).toHaveLength(8);
    expect(await seen()).toEqual(expect.arrayContaining(before));
  });

  test("ok/a link given anew is another one: none of the old ids return", async () => {
    const { giver, atGiver, terms } = await enrolledTwice();
    await grant(atGiver, terms);
    expect(await refusalOf(grant(atGiver, terms))).toBe("CONSENT_REVISION_PASSED");
    const before = await linkOf(giver);
    const [shown] = (await atGiver.consents()).filter(({ kind }) => kind === "link");
    await changeConsent(gateway, atGiver.enrolment, withdrawalOf(shown!));
    await grant(atGiver, terms);
    const after = await linkOf(giver);
    expect(after.state).toBe("in-force");
    expect(after.linkId).not.toBe(before.linkId);
    expect(after.linkSubject).not.toBe(before.linkSubject);
  });

  test("fail/no token for the giver, a third party, or an unknown id", async () => {
    const { giver, taker, atGiver, terms } = await enrolledTwice();
    await grant(atGiver, terms);
    const third = await partyClient();
    const [given, received] = [await linkOf(giver), await linkOf(taker)];
    for (const [who, id] of [
      [giver, given.linkId],
      [giver, received.linkId],
      [taker, given.linkId],
      [third, received.linkId],
      [taker, randomUUID()],
      [taker, "1"],
    ] as const)
      expect((await askToken(who, id)).body).toMatchObject({ code: "CONSENT_NOT_IN_FORCE" });
  });

  test("fail/a token stolen, for another party, changed, or with a proof for another address", async () => {
    const { giver, taker, atGiver, terms } = await enrolledTwice();
    await grant(atGiver, terms);
    const token = String((await askToken(taker, (await linkOf(taker)).linkId)).body["token"]);
    const third = await partyClient();
    const invalid = async (check: Promise<() => Promise<unknown>>) =>
      expect((await check)()).rejects.toThrow(LinkTokenInvalid);
    await invalid(asked(giver, third, token));
    await invalid(asked(third, taker, token));
    await invalid(asked(giver, taker, `${token.slice(0, -3)}AAA`));
    await invalid(asked(giver, taker, token, { url: "https://giver.example/other" }));
  });

  test("fail/the giving party does not learn whether the person is known at the other party, which sees the link once they are", async () => {
    const { giver, atGiver, terms } = await enrolledTwice();
    const third = await partyClient();
    const granted = await grant(atGiver, { ...terms, to: third.partyId });
    expect(granted).toMatchObject({ state: "in-force", revision: 1 });
    expect(await linkOf(giver)).toMatchObject({ counterpart: { id: third.partyId }, state: "in-force" });
    const seen = async () => (await third.call("GET", "/v1/links", undefined, { scope: "links" })).body;
    expect(await seen()).toEqual({ links: [] });
    const later = await Resident.enrolled({ party: third.partyId }, atGiver.phone);
    expect(await seen()).toMatchObject({
      links: [{ role: "receives", sub: later.subject, state: "in-force" }],
    });
    expect(await linksTold(later)).toMatchObject([{ act: "grant" }]);
  });

  test("fail/no link to a party that is not registered, nor between two others, nor with oneself", async () => {
    const { giver, taker, atGiver, terms } = await enrolledTwice();
    const third = await partyClient();
    expect(await refusalOf(grant(atGiver, { ...terms, to: "nobody" }))).toBe("LINK_NOT_POSSIBLE");
    for (const wrong of [
      { from: taker.partyId, to: third.partyId },
      { from: giver.partyId, to: giver.partyId },
      { dataset: "Bal\u202eance" },
    ])
      expect(await refusalOf(grant(atGiver, { ...terms, ...wrong }))).toBe("MALFORMED_REQUEST");
  });

  test("fail/another person can neither see nor end it", async () => {
    const { giver, atGiver, terms } = await enrolledTwice();
    await grant(atGiver, terms);
    const stranger = await Resident.enrolled({ party: giver.partyId });
    expect((await stranger.consents()).filter(({ kind }) => kind === "link")).toEqual([]);
    const [shown] = (await atGiver.consents()).filter(({ kind }) => kind === "link");
    const attempt = changeConsent(gateway, stranger.enrolment, withdrawalOf(shown!));
    expect(await refusalOf(attempt)).toBe("CONSENT_NOT_IN_FORCE");
  });

  test("ok/the receipt says who receives what, and names no attribute", async () => {
    const { atGiver, terms } = await enrolledTwice();
    const { receipt, consentId } = await grant(atGiver, terms);
    const claims = JSON.parse(Buffer.from(receipt.split(".")[1]!, "base64url").toString()) as object;
    expect(claims).toMatchObject({ purpose: "link", recipient: terms.to, link: terms, pii_categories: [] });
    const [stored] = await rows(
      "select digest from consent_changes where consent_id = (select consent_id from consent_views where name = $1)",
      [consentId],
    );
    expect(stored).toEqual({ digest: expect.any(String) });
    expect(createHash("sha256").update(receipt).digest("hex")).toHaveLength(64);
  });
});
