import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { benchCrl } from "./ca/crl.ts";
import type { Findings } from "./ca/findings.ts";
import { benchOcsp } from "./ca/ocsp.ts";
import { benchSigning } from "./ca/signing.ts";
import { machine } from "./versions.ts";

const run = promisify(execFile);

/** The sizes of the measurement: full, and the smallest that shows that it works. */
const sizes = {
  whole: {
    signing: { algorithms: ["P-256", "P-384", "RSA-2048", "RSA-3072", "RSA-4096"], ms: 1_500, rounds: 5 },
    ocsp: { certificates: 10_000, ms: 3_000, rounds: 5 },
    crl: { entries: 1_000_000, rounds: 3 },
  },
  quick: {
    signing: { algorithms: ["P-256", "P-384", "RSA-2048", "RSA-3072", "RSA-4096"], ms: 300, rounds: 1 },
    ocsp: { certificates: 1_000, ms: 1_000, rounds: 1 },
    crl: { entries: 100_000, rounds: 1 },
  },
} as const;

/** `npm run bench:ca -- --json FILE`: see bench/README.md. `--quick`: a tenth and less. `--only signing`: one part. */
export async function bench(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "string" },
      quick: { type: "boolean", default: false },
      only: { type: "string" },
    },
  });
  const size = values.quick ? sizes.quick : sizes.whole;
  const chosen = (part: keyof typeof size) => values.only === undefined || values.only === part;
  const directory = await mkdtemp(join(tmpdir(), "kazasu-bench-"));
  const found: Findings[] = [];
  try {
    if (chosen("signing")) found.push(await benchSigning(directory, { ...size.signing, say }));
    if (chosen("ocsp")) found.push(await benchOcsp(directory, { ...size.ocsp, say }));
    if (chosen("crl")) found.push(await benchCrl(directory, { ...size.crl, say }));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  const report = {
    machine: machine(),
    versions: { node: process.version, openssl: (await run("openssl", ["version"])).stdout.trim() },
    results: found.flatMap(({ results }) => results),
    ratios: Object.assign({}, ...found.map(({ ratios }) => ratios)) as Findings["ratios"],
    aims: found.flatMap(({ aims }) => aims),
    missing: found.flatMap(({ missing }) => missing),
  };
  console.table(report.results);
  for (const [name, value] of Object.entries(report.ratios)) console.log(`  ${name}: ${value}`);
  for (const { name, want, got, met } of report.aims)
    console.log(`${met ? "✓" : "✗"} ${name}: ${got} (aim ${want})`);
  for (const what of report.missing) console.log(`not measured: ${what}`);
  if (values.json === undefined) return;
  await mkdir(dirname(values.json), { recursive: true });
  await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
}

const say = (what: string): void => console.error(`  … ${what}`);
