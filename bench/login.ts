import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import type { Pool } from "pg";
import type { Gateway } from "../client/app/gateway.ts";
import { answerLogin, openLogin } from "../client/app/login.ts";
import type { PhoneEnrolment } from "../client/app/phone-message.ts";
import { makeAdapter, replayAdapter } from "../gateway/openid/adapter.ts";
import { type IssuerName, issuerNames } from "../protocol/issuer.ts";
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

/** What is measured at each issuer, each name followed by the issuer's. */
const names = {
  alone: "oidc-provider alone on the same store, an interaction that approves",
  phone: "the same with a phone: two signed messages, a sealed answer, the return; nothing more is stored",
  memory: "oidc-provider alone in memory",
  ours: "challenge → signed by the phone → token, on Postgres",
} as const;
type Variant = keyof typeof names;
const nameOf = (variant: Variant, issuer: IssuerName): string => `${names[variant]} (${issuer})`;

const concurrencies = [1, 16];
const rounds = 5;
const people = 50;
const aim = 0.8;
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
  process.stderr.write("  … Postgres, the providers\n");
  const registry = await startRegistry(directory);
  const sealer = new Sealer({ current: "k", keys: new Map([["k", randomBytes(32)]]) });
  await addBank(registry.pool);
  const phones: PhoneEnrolment[] = [];
  for (let index = 0; index < people; index += 1) phones.push((await addPerson(registry.pool, sealer)).phone);
  const sides = [
    await startSide(registry.pool, sealer, phones, "openid"),
    await startSide(registry.pool, sealer, phones, "oidc"),
  ];
  try {
    const work = sides.flatMap((side) => side.work);
    const runs = new Runs();
    for (const [, each] of work) await run(20, 4, each);
    for (let round = 0; round < rounds; round += 1) {
      process.stderr.write(`  … round ${round + 1} of ${rounds}\n`);
      for (const concurrency of concurrencies)
        for (const [name, each] of work)
          runs.add(name, concurrency, await run(Math.ceil(logins / rounds), concurrency, each));
    }
    const to = (variant: Variant, what: string, figure: "perSecond" | "perCpuSecond" = "perSecond") =>
      Object.fromEntries(
        issuerNames.flatMap((issuer) =>
          concurrencies.map((concurrency) => [
            `logins a second${figure === "perCpuSecond" ? " of CPU time" : ""} at /${issuer} to oidc-provider ${what}, ${concurrency} at a time`,
            runs.ratio(nameOf("ours", issuer), nameOf(variant, issuer), concurrency, figure),
          ]),
        ),
      );
    process.stderr.write("  … signed transactions\n");
    await benchVerification(runs, rounds, 200);
    const logInRatios = {
      ...to("alone", "alone on the same store"),
      ...to("phone", "on the same store with a phone"),
    };
    const others = {
      ...to("alone", "alone on the same store", "perCpuSecond"),
      ...to("phone", "on the same store with a phone", "perCpuSecond"),
      ...to("memory", "alone in memory"),
    };
    const verified = {
      "signed transactions verified to raw P-256": runs.ratio(
        transactions.transaction,
        transactions.raw,
        1,
        "perSecond",
      ),
    };
    const ratios = { ...logInRatios, ...others, ...verified };
    const aims = [...aimsOf(logInRatios, aim), ...aimsOf(verified, verificationAim)];
    return { machine: machine(), logins, results: runs.results(), ratios, aims };
  } finally {
    for (const side of sides) await side.close();
    await registry.close();
  }
}

/** The variants at one issuer. */
async function startSide(pool: Pool, sealer: Sealer, phones: PhoneEnrolment[], issuer: IssuerName) {
  const site = await makeSite(`bench-site-${issuer}`);
  const adapter = (model: string) =>
    model === "ReplayDetection" ? replayAdapter(pool) : makeAdapter(pool, sealer, `${issuer}-alone:${model}`);
  const [alone, phone, memory, ours] = [
    await startAlone(site, issuer, { adapter }),
    await startAlone(site, issuer, { adapter, phones }),
    await startAlone(site, issuer),
    await startOurs(pool, sealer, site, issuer),
  ];
  const [atAlone, atPhone, atMemory, atOurs] = [
    await siteAt(alone.issuer, site, issuer),
    await siteAt(phone.issuer, site, issuer),
    await siteAt(memory.issuer, site, issuer),
    await siteAt(ours.issuer, site, issuer),
  ];
  const work: [string, (index: number) => Promise<void>][] = [
    [nameOf("alone", issuer), () => logInAlone(atAlone)],
    [nameOf("phone", issuer), (index) => logInByPhone(atPhone, phone.gateway, phones[index % people]!)],
    [nameOf("memory", issuer), () => logInAlone(atMemory)],
    [nameOf("ours", issuer), (index) => logInByPhone(atOurs, ours.gateway, phones[index % people]!)],
  ];
  return {
    work,
    async close() {
      for (const each of [alone, phone, memory]) each.close();
      await ours.close();
    },
  };
}

const aimsOf = (ratios: Record<string, number>, want: number): Report["aims"] =>
  Object.entries(ratios).map(([name, got]) => ({ name, want, got, met: got >= want }));

/** Its interaction approves automatically: the browser ends at the site. */
const logInAlone = (site: LogIn): Promise<void> => site(async (_browser, callback) => callback);

/** The person opens the page's link on the phone and approves; the browser returns with the phone's code. */
const logInByPhone = (site: LogIn, gateway: Gateway, phone: PhoneEnrolment): Promise<void> =>
  site(async (browser, page) => {
    const link = /class="open" href="([^"]+)"/.exec(browser.text)?.[1] ?? `nothing at ${page}`;
    const login = await openLogin(gateway, phone, { link: link.replaceAll("&amp;", "&") });
    const { returnTo = "" } = await answerLogin(gateway, phone, login, { decision: "approve" });
    return browser.open(returnTo);
  });

function print({ results, aims }: Report): void {
  console.table(
    Object.fromEntries(results.map(({ name, ...figures }) => [`${name} (${figures.concurrency})`, figures])),
  );
  for (const { name, want, got, met } of aims)
    console.log(`  ${name}: ${got} (aim ≥ ${want}: ${met ? "met" : "missed"})`);
}
