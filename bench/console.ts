import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import type { Pool } from "pg";
import { openDatabase } from "../registry/database.ts";
import { migrateDatabase } from "../registry/migrate.ts";
import { fill, namesOf } from "./console/fill.ts";
import { type Served, serve } from "./console/served.ts";
import { type Result, run } from "./measure.ts";
import { startRegistry } from "./registry.ts";
import { Runs } from "./runs.ts";
import { machine } from "./versions.ts";

const sizes = { few: 1_000, many: 100_000 } as const;
type Size = keyof typeof sizes;
const rounds = 5;
const asked = 60;
const aim = 1.5;
/** Some 600 MB are read at random: a server for this many people has that memory. */
const sharedBuffers = "1GB";

interface Report {
  machine: ReturnType<typeof machine>;
  sizes: typeof sizes;
  results: Result[];
  ratios: Record<string, number>;
  aims: { name: string; want: string; got: number; met: boolean }[];
}

/** The requests of each page of the console; `person` is a different one each time. */
const pages: Record<string, (ask: Served["ask"], person: Names) => Promise<unknown>> = {
  overview: (ask) => ask("/counts"),
  "newest enrolments": (ask) => ask("/lifecycles?kind=issuance&limit=100"),
  "a page deep in the list": (ask, { deep }) => ask(`/lifecycles?kind=issuance&limit=100&before=${deep}`),
  "enrolments of a rare state": (ask) => ask("/lifecycles?kind=issuance&state=revoked&limit=20"),
  consents: (ask) => ask("/lifecycles?kind=consent&limit=100"),
  notifications: (ask) => ask("/lifecycles?kind=notification&limit=100"),
  events: (ask) => ask("/lifecycles?kind=delivery&limit=100"),
  timeline: (ask, { person }) => ask(`/persons/${person}/timeline?limit=100`),
  "search by id": (ask, { enrolment }) => ask(`/search?q=${enrolment}`),
  "search by serial": (ask, { serial }) => ask(`/search?q=${serial}`),
  certificate: (ask, { serial }) => ask(`/certificates/${serial}`),
  "dead letters": (ask) => ask("/deliveries?which=dead-lettered&limit=1"),
  "stuck deliveries": (ask) => ask("/deliveries?which=stuck&limit=1"),
  "the CA": (ask) => ask("/health"),
  "change detection": (ask) => ask("/change-detection"),
  "audit log": (ask) => ask("/audit-lines?limit=100"),
};
type Names = Awaited<ReturnType<typeof namesOf>> & { deep: string };

/** `npm run bench:console -- --json FILE`: see bench/README.md. */
export async function bench(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { json: { type: "string" } } });
  const directory = await mkdtemp(join(tmpdir(), "kazasu-bench-"));
  try {
    const report = await measure(directory);
    for (const { name, got, met } of report.aims)
      console.log(`${met ? "✓" : "✗"} ${name}: ${got} times (aim ≤ ${aim})`);
    if (values.json === undefined) return;
    await mkdir(dirname(values.json), { recursive: true });
    await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Two registries on one Postgres, queried in turns. */
async function measure(directory: string): Promise<Report> {
  const registry = await startRegistry(directory, { sharedBuffers });
  const closings: (() => Promise<unknown>)[] = [() => registry.close()];
  try {
    await registry.pool.query("create database many");
    const { href } = Object.assign(new URL(registry.url), { pathname: "/many" });
    await migrateDatabase(href, () => {});
    const manyPool = openDatabase(href);
    closings.push(() => manyPool.end());
    const pools: Record<Size, Pool> = { few: registry.pool, many: manyPool };
    const runs = new Runs();
    const served = {} as Record<Size, Served>;
    for (const size of ["few", "many"] as const) {
      process.stderr.write(`  … ${sizes[size]} people\n`);
      await fill(pools[size], sizes[size]);
      served[size] = await serve(pools[size]);
      closings.push(() => served[size].close());
    }
    for (let round = -1; round < rounds; round += 1) {
      if (round >= 0) process.stderr.write(`  … round ${round + 1} of ${rounds}\n`);
      for (const [page, look] of Object.entries(pages))
        for (const size of ["few", "many"] as const) {
          const people = await somePeople(pools[size], sizes[size], served[size]);
          const done = await run(asked, 1, (index) => look(served[size].ask, people[index] as Names));
          if (round >= 0) runs.add(`${page}, ${sizes[size]}`, 1, done);
        }
    }
    return summarise(runs);
  } finally {
    for (const close of closings.toReversed()) await close();
  }
}

/** As many people as requested, from the whole of the registry. */
async function somePeople(pool: Pool, size: number, { ask }: Served): Promise<Names[]> {
  const { cursor = "" } = await ask("/lifecycles?kind=issuance&limit=200");
  const people: Names[] = [];
  for (let index = 0; index < asked; index += 1)
    people.push({ ...(await namesOf(pool, 1 + Math.floor(Math.random() * size))), deep: cursor });
  return people;
}

function summarise(runs: Runs): Report {
  const ratios: Record<string, number> = {};
  for (const page of Object.keys(pages))
    ratios[page] = runs.ratio(`${page}, ${sizes.many}`, `${page}, ${sizes.few}`, 1, "p50Ms");
  const aims = Object.entries(ratios).map(([name, got]) => ({
    name,
    want: `≤ ${aim}`,
    got,
    met: got <= aim,
  }));
  return { machine: machine(), sizes, results: runs.results(), ratios, aims };
}
