/**
 * Records the histories of the demonstration's story, one of each kind: `node test/replay/record-story.mjs` (half a
 * minute). Consents, refreshes, notifications, the daily run, and an issuance that goes on to the consents. When, and
 * from what: see record.mjs.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { prepare, root } from "../../bin/bootstrap.mjs";
import { decryptHistory, toText } from "./plain-history.mjs";

const histories = fileURLToPath(new URL("./histories/", import.meta.url));
const status = ["-C", root, "status", "--porcelain", "--", "workflows"];
const changed = execFileSync("git", status, { encoding: "utf8" });
if (changed !== "")
  throw new Error(`Histories are recorded from landed commits, but workflows/ has changes:\n${changed}`);

Object.assign(process.env, await prepare({ fetch: ["temporal"] }), {
  KAZASU_TIME_SCALE: "3600",
  KAZASU_CERTIFICATE_POLL_HOURS: "1",
  KAZASU_LOG_LEVEL: "error",
});
const built = (path) => import(pathToFileURL(join(root, "dist", path)).href);
const { startStack } = await built("sandbox/embedded/stack.js");
const { ensureServiceKeys } = await built("workers/keys.js");
const { EncryptionCodec } = await built("client/data-converter/codec.js");
const { tellStory } = await built("sandbox/demo/story.js");
const { Client, Connection } = await import("@temporalio/client");
const { pino } = await import("pino");

/** How many of each type are kept: the first that began. */
const kept = { issuance: 1, consent: 4, notification: 2, refresh: 3, changeDetection: 2, certificate: 1 };

const say = (line) => process.stderr.write(`${line}\n`);
const out = await mkdtemp(join(tmpdir(), "kazasu-story-"));
const stack = await startStack({ log: pino({ level: "error" }, pino.destination(2)) });
try {
  if (!(await tellStory(stack, out, say))) throw new Error("A step did not hold: nothing is recorded.");
  const { codec } = await ensureServiceKeys(stack.environment.KAZASU_KEYS);
  const connection = await Connection.connect({ address: stack.temporal });
  const client = new Client({ connection, namespace: stack.namespace });
  const encryption = new EncryptionCodec(codec);
  for (const [type, most] of Object.entries(kept)) {
    const found = [];
    for await (const each of client.workflow.list({ query: `WorkflowType = '${type}'` })) found.push(each);
    found.sort((a, b) => a.startTime - b.startTime);
    for (const [index, { workflowId, runId }] of found.slice(0, most).entries()) {
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      const name = `story-${type}-${index + 1}.json`;
      await writeFile(join(histories, name), toText(await decryptHistory(history, encryption)));
      say(`  ${name}: ${history.events.length} events`);
    }
  }
  await connection.close();
} finally {
  await stack.close();
  await rm(out, { recursive: true, force: true });
}
