import { describe, expect, test } from "@jest/globals";
import { tap } from "../../client/app/card/tap.ts";
import { Gateway } from "../../client/app/gateway.ts";
import { readInbox } from "../../client/app/inbox.ts";
import { askForLink } from "../../client/app/link-requests.ts";
import { answerPageVisit, openPageVisit } from "../../client/app/page-visit.ts";
import { PageBrowser, tapOf } from "../unit/person-page/browser.ts";
import { partyClient } from "./party.ts";
import { Phone, pin } from "./phone.ts";
import { eventually, Resident } from "./resident.ts";
import { rows, stack } from "./stack.ts";

const gateway = new Gateway(stack.gateway);

/** A person with a phone at two parties. */
async function enrolledTwice() {
  const [one, other] = [await partyClient(), await partyClient()];
  const agree = ["terms" as const, "register-refresh" as const, "disclosure" as const];
  const here = await Resident.enrolled({ party: one.partyId, agree });
  const there = await Resident.enrolled({ party: other.partyId, agree: ["terms"] }, here.phone);
  await here.disclosure();
  return { one, other, here, there };
}

/** Holds the card to any device with the SDK, for what the browser shows. */
async function tapFor({ card, transmit }: Phone, link: string, number?: number) {
  const visit = await openPageVisit(gateway, link);
  try {
    return await answerPageVisit(gateway, visit, { card: await tap({ transmit, pin }), number });
  } finally {
    await card.remove();
  }
}

async function opened(phone: Phone): Promise<PageBrowser> {
  const browser = new PageBrowser(stack.personPage);
  const { elsewhere, number } = tapOf(await browser.press("/tap"));
  expect(await tapFor(phone, elsewhere, number)).toMatchObject({ state: "approved" });
  expect((await browser.open("/tap")).text).toContain("Phones");
  return browser;
}

describe("the CA's own page", () => {
  test("ok/by the card alone: everything across parties, a consent withdrawn, a lost phone's certificates stopped", async () => {
    const { one, here, there } = await enrolledTwice();
    expect((await gateway.configuration()).personPage).toBe(stack.personPage);
    expect(new URL(stack.personPage).origin).not.toBe(new URL(stack.gateway).origin);
    const browser = await opened(here.phone);
    const { text } = await browser.open();
    expect(text.match(/Stop this phone/g)).toHaveLength(2);
    expect(text).toContain("The CA may ask the register");

    const [consent] = await rows<{ id: string }>(
      "select id from consents where person_id = $1 and kind = 'disclosure'",
      [here.personId],
    );
    expect((await browser.press("/withdraw", { consent: consent!.id })).text).toContain("Done.");
    expect(await here.consents()).toEqual(
      expect.arrayContaining([expect.objectContaining({ kind: "disclosure", state: "withdrawn" })]),
    );

    await browser.press("/stop-all", { sure: "yes" });
    for (const resident of [here, there])
      await expect(readInbox(gateway, resident.enrolment)).rejects.toMatchObject({
        code: "MESSAGE_UNTRUSTED",
      });

    // One tap with a new phone, and the party has its customer back.
    const again = await Resident.enrolled(
      { party: one.partyId, intent: "replace", agree: ["terms"] },
      here.phone,
    );
    expect(again.subject).toBe(here.subject);
  });

  test("ok/a link is agreed to by a tap that shows its terms on the page, and in no app", async () => {
    const { one, other, here, there } = await enrolledTwice();
    const terms = { from: one.partyId, to: other.partyId, dataset: "Account", purpose: "Refund" };
    await askForLink(gateway, there.enrolment, terms);
    const browser = await opened(here.phone);
    const tapped = await browser.press("/grant");
    expect(tapped.text).toContain("“Account”");
    const { here: link } = tapOf(tapped);
    const visit = await openPageVisit(gateway, link);
    for (const party of [one, other]) expect(JSON.stringify(visit)).not.toContain(party.partyId);
    const { returnTo = "" } = await tapFor(here.phone, link);
    expect((await browser.open(returnTo)).text).toContain("Done.");
    for (const resident of [here, there])
      await eventually(async () =>
        (await resident.inbox()).consents.find(({ kind, act }) => kind === "link" && act === "grant"),
      );
    const { body } = await other.call("GET", "/v1/links", undefined, { scope: "links" });
    expect(body).toMatchObject({ links: [{ role: "receives", state: "in-force", dataset: "Account" }] });
  });

  test("fail/another person's card opens their page, and an unknown card opens none", async () => {
    const { here } = await enrolledTwice();
    const other = await Resident.enrolled();
    const browser = await opened(other.phone);
    const { text } = await browser.open();
    expect(text.match(/Stop this phone/g)).toHaveLength(1);
    expect(text).not.toContain(here.enrolment.enrolmentId);
    const stranger = await Phone.new();
    const { here: link } = tapOf(await new PageBrowser(stack.personPage).press("/tap"));
    await expect(tapFor(stranger, link)).rejects.toMatchObject({ code: "PAGE_CARD_REFUSED" });
  });
});
