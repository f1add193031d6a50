import { randomUUID } from "node:crypto";
import { expect, test } from "@jest/globals";
import { exportJWK, generateKeyPair } from "jose";
import * as openid from "openid-client";
import { acrValues } from "../../protocol/login.ts";
import { transactionType } from "../../protocol/transaction.ts";
import { SimulatedCard } from "../../sandbox/devices/simulated-card.ts";
import { persons } from "../../sandbox/persons/persons.ts";
import { BankLogin, read } from "./bank-login.ts";
import { Phone } from "./phone.ts";
import { control, type Moved, promised, registered, startSandboxForTests } from "./promised-persons.ts";
import { type InboxAnswer } from "./sandbox-control.ts";
import { rows, stack } from "./stack.ts";

/** Each person of the sandbox comes to what their line promises, and to nothing else. */

startSandboxForTests();

test("ok/every person of the cast has a test here", () => {
  expect(Object.keys(promised)).toEqual(persons.map(({ slug }) => slug));
});

test.each(Object.entries(promised))("ok/%s", async (_person, held) => held());

test("ok/two taps at once are two taps, one after the other: there is one card", async () => {
  const parties = [await registered(), await registered()];
  const answers = await Promise.all(
    parties.map(({ id }) =>
      control.done<{ party: string }>("minor", "enrol", { party: id, agree: ["terms"] }),
    ),
  );
  expect(answers.map(({ party }) => party)).toEqual(parties.map(({ id }) => id));
});

test("fail/an enrolment that a phone elsewhere has replaced: an error at its own party, and no effect on the others", async () => {
  const [ended, living] = [await registered(), await registered()];
  for (const party of [ended.id, living.id]) await control.done("latin-name", "enrol", { party });
  const elsewhere = await Phone.holding(new SimulatedCard(stack.jlis, "latin-name"));
  await elsewhere.enrolled({ intent: "replace", party: ended.id });
  expect(await control.ask("latin-name", "consents", { party: ended.id })).toMatchObject({
    body: { code: "MESSAGE_UNTRUSTED" },
  });
  const { asked } = await control.done<Moved>("latin-name", "move");
  expect(asked.map(({ party }) => party)).toContain(living.id);
  const { open } = await control.done<InboxAnswer>("latin-name", "inbox");
  expect(open.map(({ party }) => party)).not.toContain(ended.id);
});

test("ok/a new phone that was not the person: the former phone stops it, and a tap restores the enrolment", async () => {
  const { id: party } = await registered();
  const wishes = { party, agree: ["terms"] };
  const first = await control.done<{ subject: string; enrolmentId: string }>("married", "enrol", wishes);
  // The person has had this phone for long: it has a vote.
  await rows("update enrolments set is_first_phone = true where id = $1", [first.enrolmentId]);
  const second = await control.done<{ enrolmentId: string }>("married", "tap", { party });
  const newPhones = () =>
    control.done<{ asked: object[]; ended: object[] }>("married", "new-phones").then((answer) => ({
      asked: answer.asked.filter((each) => (each as { party: string }).party === party),
      ended: answer.ended.filter((each) => (each as { party: string }).party === party),
    }));
  expect(await newPhones()).toMatchObject({
    asked: [{ phone: "former", where: "here", stopped: false }],
    ended: [],
  });
  expect(await control.done("married", "not-me")).toMatchObject({ stopped: true, phone: "former", party });
  expect(await newPhones()).toMatchObject({
    asked: [{ stopped: true }],
    ended: [{ party, enrolmentId: second.enrolmentId }],
  });
  expect(await control.done("married", "tap", { party })).toMatchObject({ subject: first.subject });
  expect((await newPhones()).ended).toEqual([]);
});

test.each<[string, object, string, number]>([
  ["/people/nobody/enrol", {}, "NO_SUCH_PERSON", 404],
  ["/people/plain/enrol", { party: "../etc" }, "MALFORMED_REQUEST", 400],
  ["/people/plain/enrol", { secret: "ABC12345" }, "MALFORMED_REQUEST", 400],
  ["/people/plain/enrol", { party: "unknown-party" }, "UNKNOWN_PARTY", 404],
  ["/people/plain/consents", { party: "midori-clinic" }, "NOT_ENROLLED", 409],
  ["/people/reticent/not-me", {}, "NOTHING_WAITS", 409],
  ["/people/reticent/not-me", { noticeId: "1" }, "MALFORMED_REQUEST", 400],
  ["/people/plain/fly", {}, "NOT_FOUND", 404],
  ["/people/plain/town-hall", { act: "burn" }, "MALFORMED_REQUEST", 400],
  ["/parties", { id: "x" }, "REGISTRATION_UNFIT", 400],
  ["/logins", { link: "https://elsewhere.example/login/1?via=link" }, "NO_SUCH_LOGIN", 404],
  ["/logins", { link: "no link" }, "MALFORMED_REQUEST", 400],
  ["/choice", { person: "plain", outcome: "approved" }, "NOT_FOUND", 404],
])("fail/%s with %j is %s", async (path, body, code, status) => {
  expect(await control.call("POST", path, body)).toMatchObject({
    status,
    body: { code, status, next: { ja: expect.any(String) } },
  });
});

test("ok/a login by link, one by card with the code's number, and one without a browser answered automatically", async () => {
  const bankLogin = await BankLogin.of({ backchannel: { delivery: "poll" } });
  const { partyId: party, configuration } = bankLogin;
  await control.done("minor", "enrol", { party });

  const here = await bankLogin.begin();
  const { returnTo, shown } = await control.done<{ returnTo: string; shown: object }>("minor", "login", {
    party,
    link: read(here.page).here,
  });
  expect(shown).toMatchObject({ party: { id: party }, acr: "device" });
  const tokens = await bankLogin.finish(here, (await here.browser.open(returnTo)).url);

  const shownTransfer = {
    type: transactionType,
    shown: { title: "Transfer", lines: [{ label: "To", value: "Sato" }] },
  };
  const { page } = await bankLogin.begin({
    acr_values: acrValues.card,
    authorization_details: JSON.stringify([shownTransfer]),
  });
  const code = { party, link: read(page).elsewhere, number: read(page).number };
  expect(await control.done("minor", "login", code)).toMatchObject({
    state: "approved",
    shown: { card: true, transaction: { shown: shownTransfer.shown } },
  });

  await control.done("minor", "auto", { on: true, number: 47 }, "PUT");
  const request = await openid.initiateBackchannelAuthentication(configuration, {
    scope: "openid",
    login_hint_token: tokens.claims()?.["login_hint_token"] as string,
    binding_message: "Order 1184 47",
  });
  const granted = await openid.pollBackchannelAuthenticationGrant(
    configuration,
    { ...request, interval: 1 },
    undefined,
    { DPoP: bankLogin.dpop },
  );
  expect(granted.claims()?.sub).toBe(tokens.claims()?.sub);
  await control.done("minor", "auto", { on: false }, "PUT");
});

test("fail/a private key is not taken for a party's client", async () => {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const order = {
    id: `party-${randomUUID()}`,
    name: { ja: "試験", en: "Test" },
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: "c" }] },
  };
  const { status, body } = await control.call("POST", "/parties", order);
  expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining("private key")]);
});
