import { readFile, writeFile } from "node:fs/promises";
import { monitorEventLoopDelay } from "node:perf_hooks";
import pino from "pino";
import { makeCrl } from "../../pki/ca/crl.ts";
import type { Revocation } from "../../pki/ca/revocation.ts";
import { StatusRegistry } from "../../registry/certificate/status.ts";
import { openDatabase } from "../../registry/database.ts";
import { crlValiditySeconds, publishDueCrls } from "../../status/due-crls.ts";
import { serialOf } from "./crl-serials.ts";
import { openBenchCa } from "./generations.ts";

/**
 * Builds one CRL in its own process, to measure its memory: `<CA folder> <passphrase> <entries> <file> <Postgres URL>` → JSON.
 * Without the URL the revocations are generated, and the CRL is written to the file; with it they are read from Postgres, and
 * the CRL is stored there, as by the status listeners.
 */
const [directory = "", passphrase = "", entries = "0", file = "", url = ""] = process.argv.slice(2);
const crlBase = "http://crl.example";
const chunk = 1_000;

const authorities = await openBenchCa({ directory, passphrase });
const thisUpdate = new Date();

function* revocations(count: number): Generator<Revocation[]> {
  for (let from = 0; from < count; from += chunk) {
    yield Array.from({ length: Math.min(chunk, count - from) }, (_, index) => ({
      serial: serialOf(from + index),
      revokedAt: new Date(thisUpdate.getTime() - (from + index) * 1_000),
      reason: "superseded",
    }));
  }
}

async function fromMemory(): Promise<void> {
  const der = await makeCrl(authorities.active, {
    number: 1n,
    thisUpdate,
    nextUpdate: new Date(thisUpdate.getTime() + crlValiditySeconds * 1_000),
    entries: revocations(Number(entries)),
    distributionPoint: `${crlBase}/g1/0.crl`,
  });
  await writeFile(file, der);
}

async function fromPostgres(): Promise<void> {
  const pool = openDatabase(url);
  await publishDueCrls({
    authorities: () => authorities,
    registry: new StatusRegistry(pool),
    clock: () => thisUpdate,
    crlBase,
    validitySeconds: crlValiditySeconds,
    log: pino({ level: "error" }),
  });
  await pool.end();
}

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const begun = performance.now();
await (url === "" ? fromMemory() : fromPostgres());
const ms = performance.now() - begun;
delay.disable();
const peak = /^VmHWM:\s*(\d+) kB/m.exec(await readFile("/proc/self/status", "utf8").catch(() => ""))?.[1];
const peakMb = peak === undefined ? process.resourceUsage().maxRSS / 1_024 : Number(peak) / 1_024;
console.log(JSON.stringify({ ms, peakMb, longestHoldMs: delay.max / 1e6 }));
