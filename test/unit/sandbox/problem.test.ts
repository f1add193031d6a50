import { expect, test } from "@jest/globals";
import { z } from "zod";
import { CardError } from "../../../client/app/card/card-error.ts";
import { GatewayRefusal, GatewayUnreachable, UntrustedAnswer } from "../../../client/app/gateway.ts";
import { problem, problemOf } from "../../../protocol/problem.ts";
import { problemOfFailure, problemOfStatus } from "../../../sandbox/control/problem.ts";
import { SandboxRefusal } from "../../../sandbox/control/refusal.ts";
import { SimulatorFailed } from "../../../sandbox/devices/simulated-card.ts";

const revoked = problemOf("CERTIFICATE_REVOKED", {
  detail: "The issuer says so.",
  instance: "urn:uuid:1",
  language: "ja",
});
const misshapen = z.strictObject({ party: z.string() }).safeParse({ party: 1 }).error!;

test.each<[string, unknown, string, number]>([
  ["the card", new CardError("PIN_LOCKED", { triesLeft: 0 }), "PIN_LOCKED", 409],
  ["the town hall", new SimulatorFailed("RESIDENT_DIED"), "TOWN_HALL_REFUSED", 409],
  ["a simulator's silence", new SimulatorFailed("unavailable", { cause: 1 }), "SIMULATOR_AWAY", 503],
  ["the sandbox", new SandboxRefusal("NOT_ENROLLED"), "NOT_ENROLLED", 409],
  ["a body of another shape", misshapen, "MALFORMED_REQUEST", 400],
  ["the gateway's silence", new GatewayUnreachable("unavailable"), "TRY_AGAIN", 503],
  ["an answer not to be trusted", new UntrustedAnswer("forged"), "INTERNAL", 500],
])("fail/%s is a problem in both languages", (_who, error, code, status) => {
  const answered = problemOfFailure(error);
  expect(answered).toMatchObject({
    code,
    status,
    message: { en: expect.any(String), ja: expect.stringMatching(/\p{Script=Han}/u) },
    next: { en: expect.any(String), ja: expect.stringMatching(/\p{Script=Hiragana}/u) },
    instance: expect.stringMatching(/^urn:uuid:/),
  });
  // The gateway's form, whose codes alone are another list.
  expect(problem.omit({ code: true }).strip().safeParse(answered)).toMatchObject({ success: true });
});

test("fail/the CA's refusal is handed on word for word", () => {
  expect(problemOfFailure(new GatewayRefusal(revoked))).toEqual(revoked);
});

test("fail/an unexpected error has no detail", () => {
  expect(problemOfFailure(new Error("a secret"))).toBeUndefined();
  expect(problemOfStatus(500)).toMatchObject({ code: "INTERNAL" });
  expect(problemOfStatus(404)).toMatchObject({ code: "NOT_FOUND" });
  expect(problemOfStatus(413)).toMatchObject({ code: "BODY_TOO_LARGE" });
  expect(problemOfStatus(400)).toMatchObject({ code: "MALFORMED_REQUEST" });
});
