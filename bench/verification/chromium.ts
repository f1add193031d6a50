import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import type { Run } from "../measure.ts";
import type { Runs } from "../runs.ts";
import { signTransactions } from "./signed-transactions.ts";
import { transactionNames } from "./transaction.ts";

/** The page's own measurement, as the source of a function for the browser. */
interface Bench {
  latencies: number[];
}

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Verifies `n` signed transactions in Chromium with the bundled SDK. Adds to `runs` under {@link transactionNames}. */
export async function benchTransactionInChromium(runs: Runs, n: number): Promise<void> {
  const made = await signTransactions(n);
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  const signed = made.signed.map(({ cms, subject }) => ({ cms: text(cms), subject }));
  const given = { root: text(made.root), party: made.party, signed };
  const server = await serve(await bundle());
  const { port } = server.address() as AddressInfo;
  const browser = await chromium.launch({
    executablePath: process.env["KAZASU_CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
  try {
    const page = await browser.newPage();
    await page.goto(`http://localhost:${port}/`);
    const { latencies } = await page.evaluate<Bench>(`kazasu.bench(${JSON.stringify(given)})`);
    runs.add(transactionNames.chromium, 1, runOf(latencies));
  } finally {
    await browser.close();
    server.close();
  }
}

const runOf = (latencies: number[]): Run => ({
  latencies,
  elapsedMs: latencies.reduce((sum, ms) => sum + ms, 0),
});

/** A warm-up pass, then each is measured. */
const contents = `
import { verifySignedTransaction } from "./signed-transaction.ts";
const bytes = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
export async function bench({ root, party, signed }) {
  const roots = [bytes(root)];
  const all = signed.map(({ cms, subject }) => [bytes(cms), { roots, party, subject }]);
  for (const [cms, expected] of all.slice(0, 50)) await verifySignedTransaction(cms, expected);
  const latencies = [];
  for (const [cms, expected] of all) {
    const begun = performance.now();
    await verifySignedTransaction(cms, expected);
    latencies.push(performance.now() - begun);
  }
  return { latencies };
}`;

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: join(root, "client/relying-party") },
    bundle: true,
    minify: true,
    platform: "browser",
    format: "iife",
    target: "es2022",
    globalName: "kazasu",
    write: false,
    logLevel: "silent",
  });
  return outputFiles[0]!.text;
}

/** A page on http://localhost, which is a secure context: WebCrypto is available. */
async function serve(script: string) {
  const server = createServer((request, response) => {
    const isScript = request.url === "/sdk.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html; charset=utf-8");
    response.end(isScript ? script : `<!doctype html><script src="/sdk.js"></script>`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
