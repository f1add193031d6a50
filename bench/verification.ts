import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { rounded } from "./measure.ts";
import { Runs } from "./runs.ts";
import { benchCard, cardNames } from "./verification/card-checks.ts";
import { benchTransactionInChromium } from "./verification/chromium.ts";
import { benchTransaction, transactionNames } from "./verification/transaction.ts";
import { machine } from "./versions.ts";

/** The target speed-up over the compared build, and milliseconds in Chromium. */
const aims = { card: 8, ocsp: 5, transaction: 6, chromiumMs: 3 };
const rounds = 7;
const inChromium = 200;

interface Aim {
  name: string;
  want: string;
  got: number;
  met: boolean;
}

/**
 * `npm run bench:verification -- --beside DIR --json FILE`: the cost of offline verification, compared with a built clone of
 * another commit, in one run and in turns (see bench/README.md).
 */
export async function bench(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { beside: { type: "string" }, json: { type: "string" } } });
  const beside = values.beside === undefined ? undefined : resolve(values.beside);
  const runs = new Runs();
  await benchCard(runs, { beside, rounds, each: 300 });
  await benchTransaction(runs, { beside, rounds, each: 300 });
  const hasChromium = existsSync(process.env["KAZASU_CHROMIUM"] ?? "/usr/bin/chromium");
  if (hasChromium) await benchTransactionInChromium(runs, inChromium);

  const results = runs.results();
  const met: Aim[] = [];
  const atLeast = (name: string, want: number, ours: string, other: string): void => {
    const got = runs.ratio(ours, other, 1, "perSecond");
    met.push({ name, want: `≥ ${want}`, got, met: got >= want });
  };
  if (beside !== undefined) {
    atLeast("card verification, times as fast", aims.card, cardNames.card, cardNames.cardBeside);
    atLeast("OCSP answer, times as fast", aims.ocsp, cardNames.ocsp, cardNames.ocspBeside);
    atLeast(
      "signed transaction, times as fast",
      aims.transaction,
      transactionNames.ours,
      transactionNames.beside,
    );
  }
  const page = results.find(({ name }) => name === transactionNames.chromium);
  if (page !== undefined) {
    const got = rounded(page.p50Ms, 2);
    met.push({ name: "in Chromium, ms", want: `≤ ${aims.chromiumMs}`, got, met: got <= aims.chromiumMs });
  }
  console.table(results);
  for (const { name, want, got, met: isMet } of met)
    console.log(`${isMet ? "✓" : "✗"} ${name}: ${got} (aim ${want})`);
  if (values.json === undefined) return;
  await mkdir(dirname(values.json), { recursive: true });
  await writeFile(
    values.json,
    `${JSON.stringify({ machine: machine(), results, aims: met }, undefined, 2)}\n`,
  );
}
