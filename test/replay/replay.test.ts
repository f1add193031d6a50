import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { bundleWorkflowCode, Worker, type WorkflowBundleWithSourceMap } from "@temporalio/worker";
import { removeGlobalHooks } from "../workflow/global-hooks.ts";
import { quietRuntime } from "../workflow/quiet-runtime.ts";
import { fromText } from "./plain-history.mjs";

/** Recorded from landed code: see record.mjs for how and when. */
const folder = new URL("./histories/", import.meta.url);
const scenarios = [
  "conflict-then-issued",
  "expired",
  "issued",
  "locked",
  "refused",
  "replaced",
  "status-tried-again",
  "story-certificate-1",
  "story-changeDetection-1",
  "story-consent-1",
  "story-issuance-1",
  "story-notification-1",
  "story-refresh-1",
  "wrong-code-then-issued",
];
let workflowBundle: WorkflowBundleWithSourceMap;

afterAll(removeGlobalHooks);
beforeAll(async () => {
  const logger = quietRuntime();
  const workflowsPath = fileURLToPath(new URL("../../workflows/index.ts", import.meta.url));
  workflowBundle = await bundleWorkflowCode({ workflowsPath, logger });
});

/** The replay of a history yields its error and does not throw it: so both errors and their count are looked at. */
async function replayAll(change: (text: string) => string = (text) => text) {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).toSorted();
  const histories = await Promise.all(
    names.map(async (name) => ({
      workflowId: name.replace(/\.json$/, ""),
      history: fromText(change(await readFile(new URL(name, folder), "utf8"))),
    })),
  );
  const results: { scenario: string; error: string | undefined }[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories)) {
    results.push({ scenario: workflowId, error: error?.message });
  }
  return results.toSorted((a, b) => a.scenario.localeCompare(b.scenario));
}

describe("replay", () => {
  test("ok/every recorded history replays on today's code", async () => {
    const results = await replayAll();
    expect(results.map(({ scenario }) => scenario)).toEqual(expect.arrayContaining(scenarios));
    expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
  });

  test("fail/each history of other code is detected", async () => {
    const activities =
      "verifyCard|readCrlParts|refreshAnchor|tellConsents|deliverEvent|pushNotification|registerConsent|tellOfCertificate";
    const results = await replayAll((text) =>
      text
        .replaceAll(new RegExp(`"(?:${activities})"`, "g"), '"someOther"')
        .replaceAll("notification/", "someOther/"),
    );
    expect(results.length).toBeGreaterThanOrEqual(scenarios.length);
    expect(results.filter(({ error = "" }) => !/Nondeterminism/.test(error))).toEqual([]);
  });

  test("ok/no payload of any history has personal data", async () => {
    const texts = await Promise.all(
      (await readdir(folder)).map(async (name) => readFile(new URL(name, folder), "utf8")),
    );
    const payloads = texts.flatMap((text) => [...text.matchAll(/"data": "([A-Za-z0-9+/=]+)"/g)]);
    expect(payloads.length).toBeGreaterThan(100);
    for (const [, data = ""] of payloads)
      expect(Buffer.from(data, "base64").toString()).not.toMatch(
        /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u,
      );
  });
});
