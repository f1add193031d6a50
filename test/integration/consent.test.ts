import { describe, expect, test } from "@jest/globals";
import { createLocalJWKSet, jwtVerify } from "jose";
import { changeConsent, withdrawalOf } from "../../client/app/consent-change.ts";
import { Gateway, GatewayRefusal } from "../../client/app/gateway.ts";
import { Engine } from "../../client/engine/engine.ts";
import { type ConsentSummary, consentReceipt } from "../../protocol/consent.ts";
import { labels } from "../../protocol/labels.ts";
import { ensureServiceKeys } from "../../workers/keys.ts";
import { Phone } from "./phone.ts";
import { eventually, Resident } from "./resident.ts";
import { rows, stack } from "./stack.ts";
import { moveHouse } from "./town-hall.ts";

const gateway = new Gateway(stack.gateway);
const nothingDisclosed = { agree: ["terms" as const, "register-refresh" as const] };

const withdraw = (resident: Resident, consent: ConsentSummary) =>
  changeConsent(gateway, resident.enrolment, withdrawalOf(consent));
const registerConsent = async (resident: Resident, state: ConsentSummary["register"]) =>
  eventually(async () => (await resident.consents()).find(({ register }) => register === state));
const inForce = async (resident: Resident) =>
  (await resident.consents()).filter(({ state }) => state === "in-force").map(({ kind }) => kind);

async function withEngine<T>(act: (engine: Engine) => Promise<T>): Promise<T> {
  const { codec } = await ensureServiceKeys(`${stack.directory}/keys`);
  const { temporal: address, namespace } = stack;
  const engine = await Engine.connect({ address, namespace, codecKeys: codec });
  try {
    return await act(engine);
  } finally {
    await engine.close();
  }
}

describe("consents given at a tap", () => {
  test("ok/both are in force for ten years, with receipts under the pinned key, and J-LIS has its own", async () => {
    const resident = await Resident.enrolled();
    const disclosure = await resident.disclosure();
    const register = await resident.registerConsentHeld();
    const { issuer, serviceKeys } = await gateway.configuration();
    for (const consent of [disclosure, register]) {
      expect(consent).toMatchObject({ state: "in-force", revision: 1 });
      const years = (Date.parse(consent.validUntil) - Date.now()) / (365.25 * 86_400_000);
      expect(Math.abs(years - 10)).toBeLessThan(0.01);
      const keys = createLocalJWKSet(serviceKeys);
      const { payload } = await jwtVerify(consent.receipt!, keys, { issuer, typ: labels.receipt });
      const receipt = consentReceipt.parse(payload);
      expect(receipt).toMatchObject({ record_id: consent.consentId, purpose: consent.kind });
      expect(receipt.event).toMatchObject({ act: "grant", signed_with: "card", state: "in-force" });
      const text = await gateway.notice(receipt.notice.sha256);
      expect(text).toContain("同意");
    }
    expect(disclosure.party?.id).toBe("abc-bank");
    expect(register.party).toBeUndefined();
  });

  test("ok/refusing disclosure never refuses the certificate; it can be given later without the card", async () => {
    const resident = await Resident.enrolled(nothingDisclosed);
    await registerConsent(resident, "held");
    expect(await inForce(resident)).toEqual(["register-refresh"]);
    const [enrolment] = await rows("select state from enrolments where id = $1", [
      resident.enrolment.enrolmentId,
    ]);
    expect(enrolment).toEqual({ state: "active" });

    const { notices } = await resident.phone.begin();
    const { notice } = notices.find((each) => each.notice.purpose === "disclosure")!;
    const granted = await changeConsent(gateway, resident.enrolment, {
      act: "grant",
      kind: "disclosure",
      attributes: ["address"],
      notice,
    });
    expect(granted).toMatchObject({ state: "in-force", revision: 1 });
    expect(await resident.disclosure()).toMatchObject({ attributes: ["address"], receipt: granted.receipt });
  });

  test("ok/the same person on a new phone: renewed, not doubled", async () => {
    const first = await Resident.enrolled();
    const before = await first.disclosure();
    await first.registerConsentHeld();
    const holder = await Phone.holding(first.phone.card);
    const second = await Resident.enrolled(
      { intent: "replace", agree: ["terms", "register-refresh", "disclosure"] },
      holder,
    );
    const renewed = await eventually(async () =>
      (await second.consents()).find(({ kind, revision }) => kind === "disclosure" && revision === 2),
    );
    expect(renewed.consentId).toBe(before.consentId);
    await eventually(async () =>
      (await second.consents()).find(({ register, revision }) => register === "held" && revision === 2),
    );
    expect(await inForce(second)).toEqual(expect.arrayContaining(["disclosure", "register-refresh"]));
    expect(await inForce(second)).toHaveLength(2);
    const refused = first.consents();
    await expect(refused).rejects.toThrow(GatewayRefusal);
    await expect(refused).rejects.toMatchObject({ code: "MESSAGE_UNTRUSTED" });
  });
});

describe("consents narrowed, widened and given anew around a move", () => {
  const home = "大阪府大阪市北区中之島一丁目３番２０号";
  const later = "北海道札幌市中央区北一条西二丁目１番地";
  const booked = (resident: Resident, address: string) =>
    eventually(async () => {
      const account = await resident.account();
      return account.address === address ? account : undefined;
    });
  const noticeFor = async (resident: Resident) => {
    const { notices } = await resident.phone.begin();
    return notices.find((each) => each.notice.purpose === "disclosure")!.notice;
  };

  test("ok/the bank gets an event of what it may read again, under the same or a new consent, and fetches it", async () => {
    const resident = await Resident.withAccount();
    const notice = await noticeFor(resident);
    const { consentId, revision, attributes } = await resident.disclosure();
    const amend = (seen: number, to: typeof attributes) =>
      changeConsent(gateway, resident.enrolment, {
        act: "amend",
        kind: "disclosure",
        consentId,
        revision: seen,
        attributes: to,
        notice,
      });
    const narrowed = await amend(revision, ["name"]);
    await moveHouse(resident, home);
    await resident.anchorAt(2);
    expect((await resident.inbox()).open).toEqual([]);
    await amend(narrowed.revision, ["name", "address"]);
    expect(await booked(resident, home)).toMatchObject({ consentId });

    await withdraw(resident, await resident.disclosure());
    await moveHouse(resident, later);
    await resident.anchorAt(3);
    const granted = await changeConsent(gateway, resident.enrolment, {
      act: "grant",
      kind: "disclosure",
      attributes: ["name", "address"],
      notice,
    });
    expect(await booked(resident, later)).toMatchObject({ consentId: granted.consentId });
    expect(await resident.fetchAnew()).toBe("FETCHED");
  });
});

describe("consents withdrawn", () => {
  test("ok/with the device key: here at once; J-LIS's side waits, until the card gives a new one", async () => {
    const resident = await Resident.enrolled(nothingDisclosed);
    const held = await registerConsent(resident, "held");
    expect(await withdraw(resident, held)).toMatchObject({ state: "withdrawn", revision: 2 });
    expect(await resident.consents()).toMatchObject([{ state: "withdrawn", register: "withdrawal-pending" }]);
    const again = await Resident.enrolled(nothingDisclosed, await Phone.holding(resident.phone.card));
    await registerConsent(again, "held");
    const ended = await registerConsent(again, "withdrawn");
    expect(ended.consentId).toBe(held.consentId);
    expect(await inForce(again)).toEqual(["register-refresh"]);
  });

  test("ok/at J-LIS: the sweep finds it, and it is withdrawn here, with a receipt that says by whom", async () => {
    const resident = await Resident.enrolled();
    const held = await resident.registerConsentHeld();
    await resident.phone.card.atTownHall("withdraw-consent");
    await withEngine((engine) => engine.consent.sweepNow());
    const ended = await registerConsent(resident, "withdrawn");
    expect(ended).toMatchObject({ consentId: held.consentId, state: "withdrawn", revision: 2 });
    const [, claims] = ended.receipt!.split(".");
    const { event } = JSON.parse(Buffer.from(claims!, "base64url").toString());
    expect(event).toMatchObject({ act: "withdraw", signed_with: "j-lis" });
    expect(await inForce(resident)).toEqual(["disclosure"]);
  });

  test("ok/its lifecycle ends with it; later signals and changes are accepted all the same", async () => {
    const resident = await Resident.enrolled();
    const consent = await resident.disclosure();
    await withEngine(async (engine) => {
      expect(await engine.consent.state(consent.consentId)).toMatchObject({
        state: "in-force",
        revision: 1,
      });
      await withdraw(resident, consent);
      await engine.consent.signalAnchorRefreshed(consent.consentId, 7);
      await engine.consent.reread(consent.consentId);
      // Started anew by a signal, it has read its row in a moment.
      const view = await eventually(() => engine.consent.state(consent.consentId));
      expect(view).toMatchObject({ state: "withdrawn", revision: 2 });
    });
    await expect(withdraw(resident, consent)).rejects.toMatchObject({ code: "CONSENT_NOT_IN_FORCE" });
    const notified = await rows("select 1 from notifications where consent_id = $1", [consent.consentId]);
    expect(notified).toEqual([]);
  });
});
