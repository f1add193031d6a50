import { expect, test } from "@jest/globals";
import { type Linked, temporalLink } from "../../../gateway/console/temporal-link.ts";

const temporalUi = { url: "https://temporal.example", namespace: "kazasu" };

test.each<[string, Linked, string]>([
  ["an enrolment", { kind: "enrolment", id: "e" }, "issuance/e"],
  ["a certificate", { kind: "certificate", id: "0a", enrolmentId: "e" }, "certificate/e"],
  ["a consent", { kind: "consent", id: "c" }, "consent/c"],
  ["what became of a consent", { kind: "consent-withdraw", id: "c" }, "consent/c"],
  ["a notification", { kind: "notification", id: "n", notification: "c/3" }, "notification/c/3"],
  ["the event of a notification", { kind: "delivery", id: "j", notification: "c/3" }, "notification/c/3"],
  ["any other event", { kind: "delivery", id: "j", notification: null }, "transmission/j"],
  ["a CRL match", { kind: "change-detection", id: "h", personId: "p" }, "refresh/p"],
])("ok/%s has its lifecycle in Temporal", (_what, linked, workflowId) => {
  const link = `https://temporal.example/namespaces/kazasu/workflows/${encodeURIComponent(workflowId)}`;
  expect(temporalLink({ temporalUi }, linked)).toBe(link);
  expect(temporalLink({ temporalUi: undefined }, linked)).toBeNull();
});

test("ok/a row without a lifecycle has no link", () => {
  for (const kind of ["anchor", "attributes-read", "revocation", "certificate"])
    expect(temporalLink({ temporalUi }, { kind, id: "1" })).toBeNull();
});
