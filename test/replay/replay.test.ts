import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "@jest/globals";
import {
  bundleWorkflowCode,
  DefaultLogger,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from "@temporalio/worker";
import { fromText } from "./plain-history.ts";

const folder = new URL("./histories/", import.meta.url);
let workflowBundle: WorkflowBundleWithSourceMap;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger("ERROR") });
  workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL("../../workflows/index.ts", import.meta.url)),
    logger: new DefaultLogger("ERROR"),
  });
});

/** The replay of each history yields its error and never throws: so error and count are asserted. */
async function replayAll(change: (text: string) => string = (text) => text) {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json"));
  const histories = await Promise.all(
    names.map(async (name) => ({
      workflowId: name,
      history: fromText(change(await readFile(new URL(name, folder), "utf8"))),
    })),
  );
  const results: { name: string; error: string | undefined }[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories)) {
    results.push({ name: workflowId, error: error?.message });
  }
  return results;
}

describe("replay", () => {
  test("ok/every recorded history replays on today's code", async () => {
    const results = await replayAll();
    expect(results.length).toBeGreaterThanOrEqual(4);
    expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
  });

  test("fail/a history of other code is noticed", async () => {
    const results = await replayAll((text) => text.replaceAll('"verifyCard"', '"someOtherActivity"'));
    expect(results.some(({ error }) => error !== undefined)).toBe(true);
  });
});
