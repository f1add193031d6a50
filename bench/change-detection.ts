import { execFile, execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import type { Pool } from "pg";
import type { ChangeDetectionDeps } from "../activities/change-detection/deps.ts";
import { takePart } from "../activities/change-detection/match-crl.ts";
import { type TrustAnchor, testAnchors } from "../pki/jpki/trust-anchors.ts";
import { pem } from "../pki/pem.ts";
import { cardReference } from "../registry/recognition/persons.ts";
import { Sealer } from "../registry/sealing.ts";
import { type ListFile, ListPress, parts, serialOf } from "./change-detection/lists.ts";
import { type Result, rounded } from "./measure.ts";
import { startRegistry } from "./registry.ts";
import { machine } from "./versions.ts";

const run = promisify(execFile);
const rounds = 5;
/** The share of listed certificates that is revoked on one day. */
const newShare = 0.001;

interface Aim {
  name: string;
  want: string;
  got: number;
  met: boolean;
}

/** `npm run bench:change-detection -- --json FILE`: see bench/README.md. `--quick`: a tenth of everything and less. */
export async function bench(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { json: { type: "string" }, quick: { type: "boolean", default: false } },
  });
  const directory = await mkdtemp(join(tmpdir(), "kazasu-bench-"));
  try {
    const report = await measure(directory, values.quick);
    console.table(report.results);
    for (const [name, value] of Object.entries(report.ratios)) console.log(`  ${name}: ${value}`);
    for (const { name, want, got, met } of report.aims)
      console.log(`${met ? "✓" : "✗"} ${name}: ${got} (aim ${want})`);
    if (values.json === undefined) return;
    await mkdir(dirname(values.json), { recursive: true });
    await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function measure(directory: string, quick: boolean) {
  const largest = quick ? 100_000 : 1_000_000;
  const people = quick ? 50_000 : 1_000_000;
  const totals = quick ? [10_000, 100_000] : [10_000, 100_000, 1_000_000, 10_000_000];
  const press = await ListPress.make(directory);
  const anchor = pem("CERTIFICATE", Buffer.from(press.generation.certificate, "base64"));
  const results: Result[] = [];
  const ratios: Record<string, number> = {};
  const aims: Aim[] = [];

  say(`one list of ${largest} entries, beside openssl crl -noout`);
  const list = await press.press("single", 0, numbers(0, largest), 1);
  const ours: number[] = [];
  const theirs: number[] = [];
  let rssMb = 0;
  let smallRssMb = 0;
  const small = await press.press("small", 0, numbers(0, 1_000), 1);
  for (let round = 0; round < rounds; round += 1) {
    const read = await readAlone(list, anchor);
    ours.push(read.ms);
    rssMb = Math.max(rssMb, read.maxRssMb);
    smallRssMb = Math.max(smallRssMb, (await readAlone(small, anchor)).maxRssMb);
    theirs.push(timed(() => openssl(list)) - timed(() => openssl(small)));
  }
  results.push(
    line(`read, verify, extract ${largest} entries`, ours),
    line(`openssl crl -noout, ${largest} entries`, theirs),
  );
  const faster = rounded(median(theirs) / median(ours), 1);
  ratios["openssl's time to ours, one large list"] = faster;
  ratios["peak memory of a process that reads it, MB"] = rounded(rssMb, 0);
  ratios["peak memory of one that reads a list of 1,000, MB"] = rounded(smallRssMb, 0);
  aims.push(
    { name: "times faster than openssl crl -noout", want: "≥ 10", got: faster, met: faster >= 10 },
    { name: "peak memory, MB", want: "≤ 200", got: rounded(rssMb, 0), met: rssMb <= 200 },
  );

  const registry = await startRegistry(directory);
  try {
    const recognitionKey = randomBytes(32);
    const [trusted] = testAnchors(anchor);
    if (!trusted) throw new Error("The test CA is not a trust anchor.");
    say(`${people} people with a card certificate each`);
    await addPeople(registry.pool, recognitionKey, trusted.keyId, people);
    const daily: number[] = [];
    for (const total of totals) {
      const measured = await measureTotal({ pool: registry.pool, press, trusted, recognitionKey, total });
      results.push(...measured.results);
      Object.assign(ratios, measured.ratios);
      daily.push(measured.dailyMs);
    }
    for (let index = 1; index < totals.length; index += 1) {
      const growth = rounded((daily[index] ?? 0) / (daily[index - 1] ?? 1), 2);
      const name = `daily run, ${totals[index - 1]} → ${totals[index]} entries: growth`;
      ratios[name] = growth;
      if ((totals[index - 1] ?? 0) >= 100_000)
        aims.push({ name, want: "≤ 12", got: growth, met: growth <= 12 });
    }
  } finally {
    await registry.close();
  }
  const opensslVersion = (await run("openssl", ["version"])).stdout.trim();
  return {
    machine: machine(),
    versions: { node: process.version, openssl: opensslVersion },
    results,
    ratios,
    aims,
  };
}

/** All parts with this many entries in total: the first run, and the next day's with a thousandth more. */
async function measureTotal(options: {
  pool: Pool;
  press: ListPress;
  trusted: TrustAnchor;
  recognitionKey: Buffer;
  total: number;
}): Promise<{ results: Result[]; ratios: Record<string, number>; dailyMs: number }> {
  const { pool, press, trusted, recognitionKey, total } = options;
  await pool.query("truncate crl_lists cascade");
  await pool.query("truncate card_revocations");
  const fresh = Math.ceil(total * newShare);
  const listsOf = async (day: number): Promise<ListFile[]> => {
    const files: ListFile[] = [];
    for (let part = 0; part < parts; part += 1) {
      const listed = total + (day === 1 ? 0 : fresh);
      files.push(await press.press(`part-${part}`, part, numbers(part, listed, parts), day));
    }
    return files;
  };
  const files = new Map<string, ListFile>();
  const deps = {
    pool,
    sealer: new Sealer({ current: "k", keys: new Map([["k", randomBytes(32)]]) }),
    anchors: [trusted],
    recognitionKey,
    clock: () => new Date(),
    jlis: {
      crl: async (part: string) => createReadStream(files.get(part)?.path ?? "", { highWaterMark: 1 << 18 }),
    },
  } as unknown as ChangeDetectionDeps;
  const takeAll = async (lists: ListFile[], number: number) => {
    for (const list of lists) files.set(list.part, list);
    const report = { entries: 0, newEntries: 0, matches: 0 };
    const begun = performance.now();
    for (const { part, distributionPoint } of lists) {
      const taken = await takePart(deps, {
        part,
        issuerKeyId: trusted.keyId,
        distributionPoint,
        number: String(number),
        thisUpdate: "",
        nextUpdate: "",
      });
      report.entries += taken.entries;
      report.newEntries += taken.newEntries;
      report.matches += taken.matches;
    }
    return { ...report, ms: performance.now() - begun };
  };
  say(`${parts} parts, ${total} entries in all: the first run`);
  const lists = await listsOf(1);
  const opensslMs = total <= 1_000_000 ? timed(() => lists.forEach(openssl)) : Number.NaN;
  const first = await takeAll(lists, 1);
  say("  and the next day's");
  const next = await takeAll(await listsOf(2), 2);
  if (next.newEntries !== fresh)
    throw new Error(`The daily run saw ${next.newEntries} new entries, not ${fresh}.`);
  return {
    results: [
      line(`first run, ${parts} parts, ${total} entries, ${first.matches} matches`, [first.ms]),
      line(`daily run, ${total} entries, ${next.newEntries} new, ${next.matches} matches`, [next.ms]),
      ...(Number.isNaN(opensslMs)
        ? []
        : [line(`openssl crl -noout, ${parts} files, ${total} entries`, [opensslMs])]),
    ],
    ratios: Number.isNaN(opensslMs)
      ? {}
      : {
          [`openssl's time to the daily run's, ${total} entries in ${parts} files`]: rounded(
            opensslMs / next.ms,
            2,
          ),
        },
    dailyMs: next.ms,
  };
}

function* numbers(from: number, to: number, step = 1): Generator<number> {
  for (let index = from; index < to; index += step) yield index;
}

async function readAlone({ path }: ListFile, anchor: string): Promise<{ ms: number; maxRssMb: number }> {
  const reader = fileURLToPath(new URL("./change-detection/read-one.js", import.meta.url));
  const { stdout } = await run(process.execPath, [reader, path, Buffer.from(anchor).toString("base64")]);
  return JSON.parse(stdout) as { ms: number; maxRssMb: number };
}

const openssl = ({ path }: ListFile): void => {
  execFileSync("openssl", ["crl", "-noout", "-inform", "DER", "-in", path]);
};

function timed(act: () => unknown): number {
  const begun = performance.now();
  act();
  return performance.now() - begun;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const line = (name: string, ms: readonly number[]): Result => ({
  name,
  concurrency: 1,
  n: ms.length,
  perSecond: rounded(1_000 / median(ms), 3),
  p50Ms: rounded(median(ms), 1),
  p99Ms: rounded(Math.max(...ms), 1),
});

/** People who have every hundredth certificate, so that some of the listed ones are known. */
async function addPeople(pool: Pool, key: Buffer, issuerKeyId: string, people: number): Promise<void> {
  const batch = 20_000;
  for (let from = 0; from < people; from += batch) {
    const references = Array.from({ length: Math.min(batch, people - from) }, (_, index) => {
      const serial = serialOf((from + index) * 100)
        .toString("hex")
        .replace(/^(?:00)+/, "");
      return cardReference(key, { issuerKeyId, serial });
    });
    await pool.query(
      `with made as (insert into persons (id) select gen_random_uuid() from unnest($1::bytea[]) returning id),
         numbered as (select id, row_number() over () as place from made)
       insert into card_certificates (reference, person_id, found_by)
       select r.reference, n.id, 'first-seen' from unnest($1::bytea[]) with ordinality as r (reference, place)
         join numbered n using (place)`,
      [references],
    );
  }
  await pool.query("analyze card_certificates");
}

const say = (what: string): void => console.error(`  … ${what}`);
