/**
 * Records the histories that replay.test.ts replays: `node test/replay/record.mjs` (takes a minute and a half, for one of them
 * waits for a challenge to expire). Files of the same scenario are overwritten, others stay.
 *
 * WHEN: after a change of workflows/ has landed, from a checkout of that commit, and for the scenarios that became
 * possible with it. Never from the branch under test: a history recorded from new code replays on new code whatever it
 * breaks. So this refuses to run while workflows/ differs from HEAD. Histories of former commits stay, for lifecycles
 * they stand for may be running when the new worker starts; they may go when no lifecycle can be that old (here: the
 * longest challenge, 30 minutes).
 */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { prepare, root } from "../../bin/bootstrap.mjs";
import { decryptHistory, toText } from "./plain-history.mjs";

const histories = fileURLToPath(new URL("./histories/", import.meta.url));
const changed = execFileSync("git", ["-C", root, "status", "--porcelain", "--", "workflows"], {
  encoding: "utf8",
});
if (changed !== "")
  throw new Error(`Histories are recorded from landed commits, but workflows/ has changes:\n${changed}`);

Object.assign(process.env, await prepare({ fetch: ["temporal"] }), { KAZASU_CHALLENGE_SECONDS: "60" });
const built = (path) => import(pathToFileURL(join(root, "dist", path)).href);
const { startStack } = await built("sandbox/embedded/stack.js");
const { ensureServiceKeys } = await built("workers/keys.js");
const { EncryptionCodec, encryptingDataConverter } = await built("client/data-converter/codec.js");
const { issuance } = await built("workflows/issuance/contract.js");
const { Gateway } = await built("client/app/gateway.js");
const { decide } = await built("client/app/consents.js");
const { activate, apply, begin, signInOneTap } = await built("client/app/one-tap.js");
const { makePhoneKey, SimulatedCard } = await built("sandbox/devices/simulated-card.js");
const { Client, Connection } = await import("@temporalio/client");
const { pino } = await import("pino");

const pin = "ABC12345";
const stack = await startStack({ log: pino({ level: "error" }, pino.destination(2)) });
try {
  const connection = await Connection.connect({ address: stack.temporal });
  const { codec } = await ensureServiceKeys(stack.environment.KAZASU_KEYS);
  const { namespace } = stack;
  const client = new Client({ connection, namespace, dataConverter: encryptingDataConverter(codec) });
  await mkdir(histories, { recursive: true });
  await Promise.all([
    record("expired", apply(await tapped(await newCard("expired")))),
    record("issued", enrol(await newCard("issued"))),
    record("replaced", replace()),
    record("refused", refuse()),
    record("wrong-code-then-issued", mistype(1)),
    record("locked", mistype(3)),
    record("conflict-then-issued", conflict()),
  ]);
  await record("status-tried-again", tryAgain());
  await connection.close();

  async function record(scenario, played) {
    const { begun } = await played;
    const handle = client.workflow.getHandle(issuance.workflowId(begun.claims.enrolmentId));
    await handle.result();
    const history = await decryptHistory(await handle.fetchHistory(), new EncryptionCodec(codec));
    await writeFile(join(histories, `${scenario}.json`), toText(history));
    process.stderr.write(`${scenario}: ${history.events.length} events\n`);
  }
} finally {
  await stack.close();
}

async function newCard(name) {
  const card = new SimulatedCard(stack.jlis, name);
  await card.issue({ signPin: pin });
  return card;
}

async function challenge(intent = "enrol") {
  const gateway = new Gateway(stack.gateway);
  const { serviceKeys } = await gateway.configuration();
  const deviceKey = await makePhoneKey(stack.attester);
  const asked = { party: "abc-bank", app: "abc-bank-app", intent, language: "ja" };
  return begin({ gateway, serviceKey: serviceKeys, deviceKey, ...asked });
}

async function tapped(card, begun) {
  begun ??= await challenge();
  const notices = begun.notices.map(({ notice }) => notice);
  const decisions = decide(notices, ["terms", "register-refresh"]);
  try {
    return await signInOneTap(begun, { transmit: card.transmit, pin, decisions });
  } finally {
    await card.remove();
  }
}

async function enrol(card, intent) {
  const applied = await apply(await tapped(card, await challenge(intent)));
  await activate(applied);
  return applied;
}

/** The card was renewed, so the person is recognised by linkage; the certificate of the first phone goes. */
async function replace() {
  const card = await newCard("replaced");
  await enrol(card);
  await card.atTownHall("renew");
  return enrol(card, "replace");
}

async function refuse() {
  const card = await newCard("refused");
  await card.atTownHall("revoke", { reason: "affiliationChanged" });
  const application = await tapped(card);
  await refusal(apply(application), "CERTIFICATE_REVOKED");
  return application;
}

async function mistype(times) {
  const applied = await apply(await tapped(await newCard(`mistype-${times}`)));
  for (let time = 1; time <= times; time++) {
    const wrong = { ...applied, code: randomBytes(applied.code.length) };
    await refusal(activate(wrong), time === 3 ? "CODE_LOCKED" : "CODE_WRONG");
  }
  if (times < 3) await activate(applied);
  return applied;
}

/** Two taps on one challenge: the second application is other content, and the first goes on undisturbed. */
async function conflict() {
  const card = await newCard("conflict");
  const begun = await challenge();
  const applied = await apply(await tapped(card, begun));
  await refusal(apply(await tapped(card, begun)), "APPLICATION_CONFLICT");
  await activate(applied);
  return applied;
}

async function tryAgain() {
  const card = await newCard("try-again");
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ ocsp: { status: 503, times: 1 } });
  const answer = await fetch(`${stack.jlis}/control/faults`, { method: "POST", headers, body });
  if (!answer.ok) throw new Error(`The fault could not be set: ${await answer.text()}`);
  return enrol(card);
}

async function refusal(act, code) {
  const error = await act.then(
    () => undefined,
    (reason) => reason,
  );
  if (error?.code !== code)
    throw new Error(`Expected ${code}, got ${error?.code ?? "none"}.`, { cause: error });
}
