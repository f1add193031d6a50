import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { answerChange, readInbox } from "../client/app/inbox.ts";
import { eventTypes } from "../protocol/events.ts";
import { transaction } from "../registry/database.ts";
import { storeAcknowledgement } from "../registry/notification/acknowledgements.ts";
import { createStream } from "../registry/notification/streams.ts";
import { notification } from "../workflows/notification/contract.ts";
import { type Result, rounded, run } from "./measure.ts";
import { type Bank, startBank } from "./notification/bank.ts";
import { type Engine, startEngine } from "./notification/engine.ts";
import { type IdleConsent, idleConsents } from "./notification/idle.ts";
import {
  addAttributeRecord,
  addBank,
  addConsent,
  addPerson,
  type Person,
  partyId,
} from "./notification/people.ts";
import { median, Runs } from "./runs.ts";
import { machine, versions } from "./versions.ts";

const names = {
  empty: "empty workflow",
  change: "one change: signal → push → press → event → acknowledged → receipt",
  delivered: "of that: signal → the bank has the event",
} as const;
/** People who confirm concurrently. */
const concurrency = 20;
const rounds = 5;
const idle = 200;

interface Report {
  machine: ReturnType<typeof machine>;
  versions: Awaited<ReturnType<typeof versions>>;
  changes: number;
  results: Result[];
  ratios: Record<string, number>;
  /** This bench has no targets. */
  aims: [];
  /** Events in the history of one notification, from the push to the receipt. */
  notificationEvents: number;
  idleConsent: IdleConsent;
}

/** `npm run bench:notification -- --changes N --json FILE`: see bench/README.md. */
export async function bench(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { json: { type: "string" }, changes: { type: "string", default: "1000" } },
  });
  const changes = Number(values.changes);
  if (!Number.isInteger(changes) || changes < rounds)
    throw new Error(`--changes is a whole number of at least ${rounds}.`);
  const directory = await mkdtemp(join(tmpdir(), "kazasu-bench-"));
  try {
    const report = await measure(directory, changes);
    print(report);
    if (values.json !== undefined) {
      await mkdir(dirname(values.json), { recursive: true });
      await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function measure(directory: string, changes: number): Promise<Report> {
  say("Postgres, Temporal, a worker, a bank");
  const engine = await startEngine(directory);
  const bank = await startBank();
  try {
    await addBank(engine.pool);
    await createStream(engine.pool, engine.sealer, partyId, {
      method: "push",
      endpoint: bank.endpoint,
      eventsRequested: [eventTypes.attributesChanged],
      alg: "ES256",
    });
    say(`${idle} idle consents`);
    const idleConsent = await idleConsents(engine, idle);
    const runs = new Runs();
    const played: Played[] = [];
    await run(concurrency, concurrency, engine.floor.empty);
    for (let round = 0; round < rounds; round += 1) {
      const n = Math.ceil((changes - played.length) / (rounds - round));
      say(`round ${round + 1} of ${rounds}: ${n} changes`);
      runs.add(names.empty, concurrency, await run(n, concurrency, engine.floor.empty));
      const people = await moved(engine, n);
      const elapsed: number[] = [];
      const whole = await run(n, concurrency, async (index) => {
        elapsed.push(await play(engine, bank, people[index]!));
      });
      runs.add(names.change, concurrency, whole);
      runs.add(names.delivered, concurrency, { latencies: elapsed, elapsedMs: whole.elapsedMs });
      played.push(...people);
    }
    const ratio = (figure: "perSecond" | "p50Ms") =>
      runs.ratio(names.change, names.empty, concurrency, figure);
    return {
      machine: machine(),
      versions: await versions(engine.floor.client, engine.postgresUrl),
      changes,
      aims: [],
      results: runs.results(),
      ratios: { "throughput to an empty workflow": ratio("perSecond"), "p50 to it": ratio("p50Ms") },
      notificationEvents: await eventsOf(engine, played.slice(-50)),
      idleConsent,
    };
  } finally {
    await bank.close();
    await engine.close();
  }
}

type Played = Person & { consentId: string };

/** People with a consent who have moved; the bank has the first version. */
async function moved({ pool, sealer }: Engine, n: number): Promise<Played[]> {
  const people: Played[] = [];
  for (let index = 0; index < n; index += 1) {
    const person = await addPerson(pool, sealer);
    people.push({ ...person, consentId: await addConsent(pool, person.personId) });
    await addAttributeRecord(pool, sealer, person.personId, 2);
  }
  return people;
}

/** One change from the signal to the receipt; returns the milliseconds until the bank had the event. */
async function play(engine: Engine, bank: Bank, { phone, endpoint, consentId }: Played): Promise<number> {
  const begun = performance.now();
  await engine.consents.signalAnchorRefreshed(consentId, 2);
  await engine.pushes.next(endpoint);
  const { open } = await readInbox(engine.gateway, phone);
  const [found] = open;
  if (!found) throw new Error("There was a push, and nothing is in the inbox.");
  await answerChange(engine.gateway, phone, { ...found, decision: "confirm" });
  const version = await bank.delivered(consentId);
  const delivered = performance.now() - begun;
  await transaction(engine.pool, (connection) =>
    storeAcknowledgement(connection, found.notificationId, { outcome: "applied" }),
  );
  await engine.notifications.moved(consentId, version);
  await engine.pushes.next(endpoint);
  return delivered;
}

async function eventsOf({ floor }: Engine, people: Played[]): Promise<number> {
  const lengths = await Promise.all(
    people.map(async ({ consentId }) => {
      const handle = floor.client.workflow.getHandle(notification.workflowId(consentId, 2));
      await handle.result();
      return (await handle.describe()).historyLength;
    }),
  );
  return rounded(median(lengths), 0);
}

function print({ results, ratios, notificationEvents, idleConsent }: Report): void {
  console.table(Object.fromEntries(results.map(({ name, ...figures }) => [name, figures])));
  for (const [name, value] of Object.entries(ratios)) console.log(`  ${name}: ${value}`);
  console.log(`  history events of one notification: ${notificationEvents}`);
  console.log(`  an idle consent: ${JSON.stringify(idleConsent)}`);
}

function say(line: string): void {
  process.stderr.write(`  … ${line}\n`);
}
