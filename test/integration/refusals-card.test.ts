import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, jest, test } from "@jest/globals";
import { enrolAndReport } from "../../cli/enrolment.ts";
import { CardError } from "../../client/app/card/card-error.ts";
import { decide, TermsNotAgreed } from "../../client/app/consents.ts";
import { signInOneTap, type TapAnswers } from "../../client/app/one-tap.ts";
import { Phone, pin } from "./phone.ts";
import { noTrace, stack, traceOf } from "./stack.ts";

/** VERIFY with a PIN in it: what spends a try. Without one it only asks how many are left. */
const isVerify = (apdu: Uint8Array): boolean => apdu[1] === 0x20 && apdu.length > 5;

/** A tap through the SDK, as an app does it; counts the VERIFYs, and may tear the exchange of one. */
async function tryTap(phone: Phone, typed: string, options: Partial<TapAnswers> & { tear?: boolean } = {}) {
  const { tear = false, ...answers } = options;
  const begun = await phone.begin();
  const notices = begun.notices.map(({ notice }) => notice);
  let verifies = 0;
  const error = await signInOneTap(begun, {
    pin: typed,
    decisions: decide(notices, ["terms", "register-refresh"]),
    async transmit(apdu) {
      if (isVerify(apdu)) verifies += 1;
      const response = await phone.transmit(apdu);
      if (tear && isVerify(apdu)) throw new Error("The card moved before its answer came.");
      return response;
    },
    ...answers,
  }).then(
    () => undefined,
    (thrown: unknown) => thrown as CardError,
  );
  await phone.card.remove();
  // The CA was never asked: no row, no lifecycle.
  expect(await traceOf(begun.claims.enrolmentId)).toEqual(noTrace);
  const { signTriesLeft, signatures } = await phone.card.counters();
  return { error, verifies, signTriesLeft, signatures };
}

const agreeToSpend = { onFewTries: async () => true };

describe("the sign PIN", () => {
  test("fail/wrong: one VERIFY, one try spent, and the tries left are shown", async () => {
    const phone = await Phone.new();
    const { error, verifies, signTriesLeft, signatures } = await tryTap(phone, "WRONG123");
    expect(error).toBeInstanceOf(CardError);
    expect(error).toMatchObject({ code: "PIN_WRONG", triesLeft: 4 });
    expect({ verifies, signTriesLeft, signatures }).toEqual({ verifies: 1, signTriesLeft: 4, signatures: 0 });
  });

  test("fail/malformed: nothing is sent", async () => {
    const phone = await Phone.new();
    for (const typed of ["12345", "ABC-12345", "", "ＡＢＣ１２３４５", "A".repeat(17)]) {
      const { error, verifies, signTriesLeft } = await tryTap(phone, typed);
      expect(error).toMatchObject({ code: "PIN_FORMAT" });
      expect({ verifies, signTriesLeft }).toEqual({ verifies: 0, signTriesLeft: 5 });
    }
    expect((await phone.card.counters()).activations).toBe(0);
  });

  test("fail/five times wrong locks the card, and the right PIN is not even sent afterwards", async () => {
    const phone = await Phone.new();
    for (const [left, code] of [
      [4, "PIN_WRONG"],
      [3, "PIN_WRONG"],
      [2, "PIN_WRONG"],
      [1, "PIN_WRONG"],
      [0, "PIN_LOCKED"],
    ] as const) {
      const { error, signTriesLeft } = await tryTap(phone, "WRONG123", agreeToSpend);
      expect({ code: error?.code, signTriesLeft }).toEqual({ code, signTriesLeft: left });
    }
    const { error, verifies } = await tryTap(phone, pin, agreeToSpend);
    expect(error).toMatchObject({ code: "PIN_LOCKED", triesLeft: 0, ja: expect.stringMatching(/ロック/) });
    expect(verifies).toBe(0);

    await phone.card.atTownHall("unlock");
    expect((await phone.enrolled()).chain).toHaveLength(2);
  });

  test("fail/at two tries left, without agreement to spend one: the PIN is not sent", async () => {
    const phone = await Phone.new();
    for (let time = 0; time < 3; time++) await tryTap(phone, "WRONG123");
    const asked: number[] = [];
    const refuse = async (triesLeft: number) => asked.push(triesLeft) === 0;
    const { error, verifies, signTriesLeft } = await tryTap(phone, pin, { onFewTries: refuse });
    expect(error).toMatchObject({ code: "PIN_LAST_TRIES", triesLeft: 2 });
    expect({ asked, verifies, signTriesLeft }).toEqual({ asked: [2], verifies: 0, signTriesLeft: 2 });
  });

  test("ok/from the command line a last try is spent where an option agrees to it, and not without", async () => {
    const phone = await Phone.new();
    for (let time = 0; time < 3; time++) await tryTap(phone, "WRONG123");
    const out = mkdtempSync(join(tmpdir(), "kazasu-last-tries-"));
    const log = jest.spyOn(console, "log").mockImplementation(() => {});
    const enrolWith = async (more: { lastTries?: true }) => {
      const options = {
        gateway: stack.gateway,
        pin,
        party: "abc-bank",
        app: "abc-bank-app",
        intent: "enrol",
      } as const;
      const rest = { out: join(out, "phone"), language: "ja", registerConsent: true, json: true } as const;
      await enrolAndReport({ ...options, ...rest, ...more }, async () => ({
        transmit: phone.card.transmit,
        end: async () => {
          await phone.card.remove();
          return null;
        },
      }));
      const { exitCode } = process;
      process.exitCode = undefined;
      return { exitCode, report: JSON.parse(String(log.mock.lastCall?.[0])) as object };
    };
    try {
      expect(await enrolWith({})).toMatchObject({ exitCode: 2, report: { code: "PIN_LAST_TRIES" } });
      expect(await enrolWith({ lastTries: true })).toMatchObject({ exitCode: 0, report: { ok: true } });
    } finally {
      log.mockRestore();
      rmSync(out, { recursive: true });
    }
  });

  test("fail/the card moves while the PIN is checked: VERIFY is not sent again", async () => {
    const phone = await Phone.new();
    const { error, verifies, signTriesLeft } = await tryTap(phone, "WRONG123", { tear: true });
    expect(error).toMatchObject({ code: "PIN_EXCHANGE_TORN" });
    expect({ verifies, signTriesLeft }).toEqual({ verifies: 1, signTriesLeft: 4 });
    expect((await phone.enrolled()).chain).toHaveLength(2);
  });
});

test("fail/terms declined in the app: the card is not asked for anything", async () => {
  const phone = await Phone.new();
  const { error } = await tryTap(phone, pin, { decisions: [] });
  expect(error).toBeInstanceOf(TermsNotAgreed);
  expect((await phone.card.counters()).activations).toBe(0);
});
