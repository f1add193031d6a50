import { expect, test } from "@jest/globals";
import { signWithCard } from "../../client/app/cms.ts";
import { Gateway } from "../../client/app/gateway.ts";
import { answerLogin, type OpenLogin, openLogin } from "../../client/app/login.ts";
import { signPhoneMessage } from "../../client/app/phone-message.ts";
import { encode, sha256, utf8 } from "../../protocol/encoding.ts";
import { labels } from "../../protocol/labels.ts";
import { acrValues } from "../../protocol/login.ts";
import { BankLogin, read } from "./bank-login.ts";
import { Phone } from "./phone.ts";
import { refusalOf } from "./refused.ts";
import { Resident } from "./resident.ts";
import { rows, stack } from "./stack.ts";

/** J-LIS is asked about a person's own card alone, for an open login: each question is paid, and reveals something. */

const gateway = new Gateway(stack.gateway);

/** Questions about a card that were asked for an enrolment: one for its tap. */
const questionsOf = async ({ enrolment }: Resident): Promise<number> =>
  (await rows("select 1 from card_questions where enrolment_id = $1", [enrolment.enrolmentId])).length;

/** A CMS that somebody's card once signed, and the card. */
async function signedOnce(text: string): Promise<{ cms: Uint8Array; phone: Phone }> {
  const phone = await Phone.new();
  const cms = await signWithCard(await phone.tapCard(), utf8(text));
  await phone.card.remove();
  return { cms, phone };
}

/** An answer with any CMS beside it, as no SDK sends it. */
async function answerWith(resident: Resident, login: OpenLogin, cms: Uint8Array) {
  const answer = {
    type: labels.loginAnswer,
    loginId: login.loginId,
    via: login.via,
    decision: "approve",
    shownSha256: await sha256(utf8(login.shown)),
    cardSha256: await sha256(cms),
  };
  const { message } = await signPhoneMessage(resident.enrolment, answer);
  return refusalOf(gateway.answerLogin({ message, card: encode(cms) }));
}

async function loginWithCard(resident: Resident, bank: BankLogin): Promise<OpenLogin> {
  const begun = await bank.begin({ acr_values: acrValues.card });
  return openLogin(gateway, resident.enrolment, { link: read(begun.page).here });
}

test("bad/an old CMS of another person's card: one refusal, whether that card is good, lost or its holder dead, and J-LIS is not asked", async () => {
  const bank = await BankLogin.of();
  const mallory = await Resident.enrolled({ agree: ["terms"], party: bank.partyId });
  const victim = await signedOnce("an old contract");
  const dead = await signedOnce("another one");
  const login = await loginWithCard(mallory, bank);
  const said = [await answerWith(mallory, login, victim.cms)];
  await victim.phone.card.atTownHall("lose");
  said.push(await answerWith(mallory, login, victim.cms));
  await dead.phone.card.atTownHall("die");
  said.push(await answerWith(mallory, login, dead.cms));
  // Nor does the answer reveal whose card it was: the person's own card over another text, and no CMS at all, get the same one.
  const own = await signWithCard(await mallory.phone.tapCard(), utf8("hello"));
  await mallory.phone.card.remove();
  said.push(await answerWith(mallory, login, own), await answerWith(mallory, login, utf8("no CMS")));
  expect(said).toEqual(Array<string>(5).fill("CARD_NOT_THE_PERSONS"));
  expect(await questionsOf(mallory)).toBe(1);
});

test("bad/another text than was shown, a wrong number, a closed login: refused before J-LIS is asked", async () => {
  const bank = await BankLogin.of();
  const resident = await Resident.enrolled({ agree: ["terms"], party: bank.partyId });
  const card = await resident.phone.tapCard();
  const shown = await loginWithCard(resident, bank);
  const altered = { ...shown, shown: shown.shown.replace("Test Bank", "Best Bank") };
  expect(
    await refusalOf(answerLogin(gateway, resident.enrolment, altered, { decision: "approve", card })),
  ).toBe("SHOWN_MISMATCH");
  const begun = await bank.begin({ acr_values: acrValues.card });
  const { elsewhere, number } = read(begun.page);
  const login = await openLogin(gateway, resident.enrolment, { link: elsewhere });
  const wrong = {
    decision: "approve" as const,
    card,
    number: login.numbers!.find((each) => each !== number)!,
  };
  expect(await refusalOf(answerLogin(gateway, resident.enrolment, login, wrong))).toBe("LOGIN_NUMBER_WRONG");
  const late = { ...wrong, number };
  expect(await refusalOf(answerLogin(gateway, resident.enrolment, login, late))).toBe("LOGIN_CLOSED");
  await resident.phone.card.remove();
  expect(await questionsOf(resident)).toBe(1);
});
