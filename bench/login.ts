import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { answerLogin, openLogin } from "../client/app/login.ts";
import type { PhoneEnrolment } from "../client/app/phone-message.ts";
import { makeAdapter, replayAdapter } from "../gateway/openid/adapter.ts";
import { Sealer } from "../registry/sealing.ts";
import { startAlone } from "./login/alone.ts";
import { startOurs } from "./login/ours.ts";
import { type LogIn, makeSite, siteAt } from "./login/site.ts";
import { benchVerification, names as transactions } from "./login/verification.ts";
import { type Result, run } from "./measure.ts";
import { addBank, addPerson } from "./notification/people.ts";
import { startRegistry } from "./registry.ts";
import { Runs } from "./runs.ts";
import { machine } from "./versions.ts";

const names = {
  alone: "oidc-provider alone on the same store, an interaction that approves",
  memory: "the same in memory",
  ours: "challenge → signed by the phone → token, on Postgres",
} as const;
const concurrencies = [1, 16];
const rounds = 5;
const people = 50;
const aim = 0.5;
const verificationAim = 0.3;

interface Report {
  machine: ReturnType<typeof machine>;
  logins: number;
  results: Result[];
  ratios: Record<string, number>;
  aims: { name: string; want: number; got: number; met: boolean }[];
}

/** `npm run bench:login -- --logins N --json FILE`: see bench/README.md. */
export async function bench(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { json: { type: "string" }, logins: { type: "string", default: "1000" } },
  });
  const logins = Number(values.logins);
  if (!Number.isInteger(logins) || logins < rounds)
    throw new Error(`--logins is a whole number of at least ${rounds}.`);
  const directory = await mkdtemp(join(tmpdir(), "kazasu-bench-"));
  try {
    const report = await measure(directory, logins);
    print(report);
    if (values.json !== undefined) {
      await mkdir(dirname(values.json), { recursive: true });
      await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function measure(directory: string, logins: number): Promise<Report> {
  process.stderr.write("  … Postgres, two providers\n");
  const registry = await startRegistry(directory);
  const sealer = new Sealer({ current: "k", keys: new Map([["k", randomBytes(32)]]) });
  await addBank(registry.pool);
  const site = await makeSite("bench-site");
  const { pool } = registry;
  const store = (model: string) =>
    model === "ReplayDetection" ? replayAdapter(pool) : makeAdapter(pool, sealer, model);
  const [alone, memory, ours] = [
    await startAlone(site, store),
    await startAlone(site),
    await startOurs(pool, sealer, site),
  ];
  try {
    const sites = {
      alone: await siteAt(alone.issuer, site),
      memory: await siteAt(memory.issuer, site),
      ours: await siteAt(ours.issuer, site),
    };
    const phones: PhoneEnrolment[] = [];
    for (let index = 0; index < people; index += 1)
      phones.push((await addPerson(registry.pool, sealer)).phone);
    const work = {
      [names.alone]: () => logInAlone(sites.alone),
      [names.memory]: () => logInAlone(sites.memory),
      [names.ours]: (index: number) =>
        sites.ours(async (browser, page) => {
          const link = /class="open" href="([^"]+)"/.exec(browser.text)?.[1] ?? `nothing at ${page}`;
          const phone = phones[index % people]!;
          const login = await openLogin(ours.gateway, phone, { link: link.replaceAll("&amp;", "&") });
          const { returnTo = "" } = await answerLogin(ours.gateway, phone, login, { decision: "approve" });
          return browser.open(returnTo);
        }),
    };
    const runs = new Runs();
    for (const each of Object.values(work)) await run(20, 4, each);
    for (let round = 0; round < rounds; round += 1) {
      process.stderr.write(`  … round ${round + 1} of ${rounds}\n`);
      for (const concurrency of concurrencies)
        for (const [name, each] of Object.entries(work))
          runs.add(name, concurrency, await run(Math.ceil(logins / rounds), concurrency, each));
    }
    const to = (name: string, what: string) =>
      Object.fromEntries(
        concurrencies.map((concurrency) => [
          `logins a second to oidc-provider alone ${what}, ${concurrency} at a time`,
          runs.ratio(names.ours, name, concurrency, "perSecond"),
        ]),
      );
    process.stderr.write("  … signed transactions\n");
    await benchVerification(runs, rounds, 200);
    const logInRatios = { ...to(names.alone, "on the same store"), ...to(names.memory, "in memory") };
    const verified = {
      "signed transactions verified to raw P-256": runs.ratio(
        transactions.transaction,
        transactions.raw,
        1,
        "perSecond",
      ),
    };
    const ratios = { ...logInRatios, ...verified };
    const aims = [...aimsOf(logInRatios, aim), ...aimsOf(verified, verificationAim)];
    return { machine: machine(), logins, results: runs.results(), ratios, aims };
  } finally {
    alone.close();
    memory.close();
    await ours.close();
    await registry.close();
  }
}

const aimsOf = (ratios: Record<string, number>, want: number): Report["aims"] =>
  Object.entries(ratios).map(([name, got]) => ({ name, want, got, met: got >= want }));

/** Its interaction approves automatically: the browser ends at the site. */
const logInAlone = (site: LogIn): Promise<void> => site(async (_browser, callback) => callback);

function print({ results, aims }: Report): void {
  console.table(
    Object.fromEntries(results.map(({ name, ...figures }) => [`${name} (${figures.concurrency})`, figures])),
  );
  for (const { name, want, got, met } of aims)
    console.log(`  ${name}: ${got} (aim ≥ ${want}: ${met ? "met" : "missed"})`);
}
