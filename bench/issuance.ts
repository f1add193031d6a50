import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ensureServiceKeys } from "../workers/keys.ts";
import { type Floor, startFloor } from "./floor.ts";
import { readHistories } from "./histories.ts";
import { run } from "./measure.ts";
import { enrolmentPasses, makePhones, type Phones } from "./phones.ts";
import { CpuMeter } from "./processes.ts";
import { compare, type Measured, names, print, write } from "./report.ts";
import { Runs } from "./runs.ts";
import { type RunningStack, startStack } from "./stack.ts";
import { cardVerification, rawVerification, signedByCard, statusAnswers } from "./verification/card.ts";
import { machine, versions } from "./versions.ts";

const rounds = 5;
/**
 * People of one round, and so the most concurrent enrolments: one person's run one after the other. Each round has its own, so
 * that nobody has more than four phones: each new phone is announced to all others.
 */
const peopleOfRound = 28;
/** No round begins after this, so that a busy machine runs fewer and the total stays below five minutes. */
const lastRoundAfterMs = 170_000;
/** The number of each variant in one round, by concurrency. */
const perRound = new Map([
  [1, 24],
  [20, 60],
]);
const mostConcurrent = 20;
const verificationsPerRound = 1_000;
const statusAnswersPerRound = 40;
const warmStarts = 3;
/** The number of histories read from each run. */
const historiesPerRun = 4;

/** `npm run bench:issuance -- --json FILE`: see bench/README.md. */
export async function bench(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { json: { type: "string" } } });
  const directory = await mkdtemp(join(tmpdir(), "kazasu-bench-"));
  try {
    const report = compare(await measure(directory));
    print(report);
    if (values.json !== undefined) await write(values.json, report);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function measure(directory: string): Promise<Measured> {
  say("kazasu up, and the same again warm");
  const warmStartsMs: number[] = [];
  let stack = await startStack(directory);
  try {
    for (let start = 0; start < warmStarts; start += 1) {
      await stack.stop();
      stack = await startStack(directory);
      warmStartsMs.push(stack.startedInMs);
    }
    return { warmStartsMs, ...(await measureOn(stack, directory)) };
  } finally {
    await stack.stop();
  }
}

async function measureOn(stack: RunningStack, directory: string): Promise<Omit<Measured, "warmStartsMs">> {
  const { codec } = await ensureServiceKeys(join(directory, "keys"));
  const { temporal, namespace, gateway, jlis, postgres } = stack.addresses;
  const floor = await startFloor({ address: temporal, namespace, codecKeys: codec });
  try {
    const runs = new Runs();
    const people = rounds * peopleOfRound;
    say(`${people} people, and their first enrolments`);
    const phones = await makePhones({ gateway, jlis, directory, count: people });
    const [firstRound, others] = [phones.cards.slice(0, peopleOfRound), phones.cards.slice(peopleOfRound)];
    runs.add(names.firstTime, 1, (await phones.enrol(firstRound, peopleOfRound, 1)).measured);
    await phones.enrol(others, others.length, mostConcurrent);
    const cpu = new CpuMeter(stack.pid);
    const enrolmentIds = await interleaved(cpu, floor, phones, runs);
    say("card verification compared with raw RSA, and the simulator's status answers");
    const anchors = await readFile(join(directory, "test-anchors.pem"), "utf8");
    for (const card of phones.cards.slice(0, rounds)) {
      const verdict = await signedByCard(card, anchors);
      runs.add(names.card, 1, await cardVerification(verdict, verificationsPerRound));
      runs.add(names.rsa, 1, await rawVerification(verificationsPerRound));
      const asked = () => statusAnswers(verdict, jlis, statusAnswersPerRound);
      runs.add(names.status, 1, await cpu.around(names.status, asked));
    }
    return {
      machine: machine(),
      versions: await versions(floor.client, postgres),
      runs,
      cpuMs: cpu.perOne(),
      histories: await readHistories(floor.client, enrolmentIds),
    };
  } finally {
    await floor.close();
  }
}

/** All variants in turn, round after round, so that changes on this machine affect all alike. */
async function interleaved(cpu: CpuMeter, floor: Floor, phones: Phones, runs: Runs): Promise<string[]> {
  const enrolmentIds: string[] = [];
  const floors = [
    [names.empty, floor.empty],
    [names.twoUpdates, floor.twoUpdates],
    [names.withActivity, floor.twoUpdatesAndActivity],
  ] as const;
  for (const [, work] of floors) await run(mostConcurrent, mostConcurrent, work);
  const begun = performance.now();
  for (let round = 0; round < rounds && performance.now() - begun < lastRoundAfterMs; round += 1) {
    say(`round ${round + 1} of ${rounds}`);
    const cards = phones.cards.slice(round * peopleOfRound, (round + 1) * peopleOfRound);
    for (const [concurrency, n] of perRound) {
      for (const [name, work] of floors) {
        const all = () => run(n, concurrency, work);
        await cpu.quiet();
        runs.add(name, concurrency, await cpu.around(`${name} ×${concurrency}`, all));
      }
      await cpu.quiet();
      const enrolled = await phones.enrol(cards, n, concurrency, (pass) =>
        cpu.around(`${names.oneTap} ×${concurrency}`, pass, enrolmentPasses),
      );
      runs.add(names.oneTap, concurrency, enrolled.measured);
      runs.add(names.tap, 1, enrolled.taps);
      enrolmentIds.push(...enrolled.enrolmentIds.slice(0, historiesPerRun));
    }
  }
  return enrolmentIds;
}

function say(line: string): void {
  process.stderr.write(`  … ${line}\n`);
}
