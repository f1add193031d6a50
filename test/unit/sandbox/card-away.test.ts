import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { tap } from "../../../client/app/card/tap.ts";
import { makeWebCryptoDeviceKey } from "../../../client/app/device-key.ts";
import { type Gateway, GatewayRefusal, GatewayUnreachable } from "../../../client/app/gateway.ts";
import type { OpenLogin } from "../../../client/app/login.ts";
import type { LoginAnswerBody } from "../../../protocol/login.ts";
import { problemOf } from "../../../protocol/problem.ts";
import type { RefusalCode } from "../../../protocol/refusals.ts";
import { answerOpened } from "../../../sandbox/persons/login.ts";
import type { Enrolment } from "../../../sandbox/persons/phone.ts";
import { pin, simulatedCard } from "../app/simulated-card.ts";

/** A login that takes the card, while J-LIS is unavailable. */

let card: Awaited<ReturnType<typeof simulatedCard>>;
let enrolment: Enrolment;
beforeAll(async () => {
  card = await simulatedCard();
  enrolment = {
    enrolmentId: randomUUID(),
    issuer: "https://ca.example",
    deviceKey: await makeWebCryptoDeviceKey(),
    party: "abc-bank",
    app: "app",
    subject: "",
    certificate: new Uint8Array(),
    chain: [],
  };
});

const refused = (code: RefusalCode) =>
  new GatewayRefusal(problemOf(code, { detail: "x", instance: "urn:uuid:x", language: "en" }));

/** Answers a login; the gateway says these, one after the other. */
async function answered(says: readonly (Error | "approved")[], expiresAt = new Date(Date.now() + 60_000)) {
  const happened: string[] = [];
  const sent: LoginAnswerBody[] = [];
  const left = [...says];
  const login: OpenLogin = {
    loginId: randomUUID(),
    via: "qr",
    content: {} as OpenLogin["content"],
    transaction: undefined,
    shown: "{}",
    numbers: [12, 34, 56],
    card: true,
    expiresAt,
  };
  const gateway = {
    async answerLogin(body: LoginAnswerBody) {
      happened.push("sent");
      sent.push(body);
      const next = left.shift();
      if (next instanceof Error) throw next;
      return { loginId: login.loginId, state: "approved" };
    },
  } as unknown as Gateway;
  const outcome = await answerOpened(gateway, enrolment, login, "confirm", {
    number: 34,
    async holdCard() {
      happened.push("held");
      return tap({ transmit: card.inReader().transmit, pin });
    },
    async putCardAway() {
      happened.push("removed");
    },
  }).catch((error: unknown) => error);
  return { outcome, happened, sent };
}

describe("a login with the card", () => {
  test("ok/the card is removed before the CA is asked, and not held again while J-LIS is unavailable", async () => {
    const { outcome, happened, sent } = await answered([
      refused("TRY_AGAIN"),
      new GatewayUnreachable("unavailable"),
      "approved",
    ]);
    expect(outcome).toMatchObject({ state: "approved" });
    expect(happened).toEqual(["held", "removed", "sent", "sent", "sent"]);
    expect(new Set(sent.map((body) => JSON.stringify(body))).size).toBe(1);
  });

  test("bad/a refusal of the CA is not retried, nor is an expired login", async () => {
    const mistaken = await answered([refused("CARD_NOT_THE_PERSONS")]);
    expect(mistaken.outcome).toMatchObject({ code: "CARD_NOT_THE_PERSONS" });
    expect(mistaken.sent).toHaveLength(1);
    const late = await answered([refused("TRY_AGAIN")], new Date());
    expect(late.outcome).toMatchObject({ code: "TRY_AGAIN" });
    expect(late.sent).toHaveLength(1);
  });
});
