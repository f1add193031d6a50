import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { pem } from "../../pki/pem.ts";
import { rounded } from "../measure.ts";
import { startRegistry } from "../registry.ts";
import { addRevocations } from "./certificates.ts";
import { serials } from "./crl-serials.ts";
import type { Findings } from "./findings.ts";
import { type BenchCa, makeGenerations } from "./generations.ts";
import { indexLines } from "./openssl-responder.ts";
import { median, Rounds } from "./rounds.ts";

const run = promisify(execFile);
const program = fileURLToPath(new URL("./our-crl.js", import.meta.url));

interface Made {
  ms: number;
  /** Peak of the process's resident memory. NaN without /proc. */
  peakMb: number;
}
type MadeByUs = Made & { longestHoldMs: number };

/** One CRL with this many entries: time and memory of a process that builds it, compared with `openssl ca -gencrl`. */
export async function benchCrl(
  directory: string,
  { entries, rounds, say }: { entries: number; rounds: number; say: (what: string) => void },
): Promise<Findings> {
  const folder = join(directory, "crl");
  await mkdir(folder);
  const file = (name: string) => join(folder, name);
  const ca = { directory: file("ca"), passphrase: "bench" };
  const { active } = await makeGenerations(ca, ["P-256"]);
  await writeFile(file("issuing.pem"), pem("CERTIFICATE", active.issuing));
  await writeFile(file("index.txt"), indexLines([], serials(entries)));
  const ours: MadeByUs[] = [];
  const stored: MadeByUs[] = [];
  const theirs: Made[] = [];
  const reading: Made[] = [];
  let smallMb = 0;
  const registry = await startRegistry(directory);
  try {
    say(`${entries} revocations in Postgres`);
    await addRevocations(registry.pool, entries);
    for (let round = 0; round < rounds; round += 1) {
      say(`CRL of ${entries}, round ${round + 1} of ${rounds}: ours, from Postgres, openssl ca -gencrl`);
      smallMb = Math.max(smallMb, (await makeOne(ca, 1_000, file("small.crl"))).peakMb);
      ours.push(await makeOne(ca, entries, file("ours.crl")));
      await registry.pool.query("truncate crls");
      stored.push(await makeOne(ca, entries, "", registry.url));
      const key = join(ca.directory, active.generation, `${active.issuingKeyId}.key.pem`);
      theirs.push(await opensslGencrl(folder, key, ca.passphrase));
      reading.push(await opensslRead(file("ours.crl"), file("issuing.pem")));
    }
  } finally {
    await registry.close();
  }
  const measured = new Rounds();
  const add = (name: string, made: readonly Made[]) => {
    for (const { ms } of made)
      measured.add(`CRL of ${entries}: ${name}`, 1, { latencies: [ms], elapsedMs: ms });
  };
  add("made", ours);
  add("read from Postgres, made, stored (with seven empty ones)", stored);
  add("openssl ca -gencrl", theirs);
  add("openssl crl -noout -verify of ours", reading);
  const peak = (made: readonly Made[]) => rounded(Math.max(...made.map(({ peakMb }) => peakMb)), 0);
  const times = (one: readonly Made[], other: readonly Made[]) =>
    rounded(median(one.map(({ ms }, round) => ms / (other[round]?.ms ?? Number.NaN))), 2);
  return {
    results: measured.results(),
    ratios: {
      "time of openssl ca -gencrl to ours": times(theirs, ours),
      "time of openssl ca -gencrl to ours from Postgres": times(theirs, stored),
      "time of ours to openssl crl -noout -verify": times(ours, reading),
      [`peak memory, CRL of ${entries}, MB`]: peak(ours),
      [`peak memory, CRL of ${entries} from Postgres, MB`]: peak(stored),
      "peak memory, CRL of 1000, MB": rounded(smallMb, 0),
      [`peak memory of openssl ca -gencrl, ${entries}, MB`]: peak(theirs),
      "longest time the event loop is held meanwhile, ms": rounded(
        Math.max(...ours.map(({ longestHoldMs }) => longestHoldMs)),
        0,
      ),
      "the same from Postgres, ms": rounded(Math.max(...stored.map(({ longestHoldMs }) => longestHoldMs)), 0),
    },
    aims: [],
    missing: [],
  };
}

async function makeOne(ca: BenchCa, entries: number, file: string, url = ""): Promise<MadeByUs> {
  const args = [program, ca.directory, ca.passphrase, String(entries), file, url];
  const { stdout } = await run(process.execPath, args);
  return JSON.parse(stdout) as MadeByUs;
}

async function opensslGencrl(folder: string, key: string, passphrase: string): Promise<Made> {
  const configuration = join(folder, "ca.cnf");
  const number = join(folder, "crlnumber");
  await writeFile(number, "01\n");
  await writeFile(
    configuration,
    `[ca]\ndefault_ca = bench\n[bench]\ndatabase = ${join(folder, "index.txt")}\nunique_subject = no\n` +
      `crlnumber = ${number}\ndefault_md = sha256\ndefault_crl_days = 1\ncrl_extensions = extensions\n` +
      "[extensions]\nauthorityKeyIdentifier = keyid\n",
  );
  const out = join(folder, "openssl.crl");
  await rm(out, { force: true });
  const signer = ["-keyfile", key, "-passin", "env:BENCH_PASSPHRASE", "-cert", join(folder, "issuing.pem")];
  return watched(["ca", "-gencrl", "-config", configuration, ...signer, "-out", out], {
    BENCH_PASSPHRASE: passphrase,
  });
}

/** Reads and verifies our CRL: an error ends the bench here. */
const opensslRead = (crl: string, issuing: string): Promise<Made> =>
  watched(["crl", "-inform", "DER", "-in", crl, "-noout", "-verify", "-CAfile", issuing]);

/** Runs openssl, and polls its memory: the peak is available only while it runs. */
async function watched(args: readonly string[], environment: Record<string, string> = {}): Promise<Made> {
  const begun = performance.now();
  const child = spawn("openssl", args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...environment },
  });
  let errors = "";
  child.stderr.on("data", (text: Buffer) => {
    errors += text.toString();
  });
  const exit = once(child, "exit").then(() => "over" as const);
  let peakMb = Number.NaN;
  do {
    const status = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "");
    const peak = /^VmHWM:\s*(\d+) kB/m.exec(status)?.[1];
    if (peak !== undefined) peakMb = Number(peak) / 1_024;
  } while ((await Promise.race([exit, sleep(20, "running" as const)])) !== "over");
  const ms = performance.now() - begun;
  if (child.exitCode !== 0) throw new Error(`openssl ${args[0]} ended with ${child.exitCode}: ${errors}`);
  return { ms, peakMb };
}
