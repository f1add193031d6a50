import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";

const command = fileURLToPath(new URL("../../bin/kazasu.mjs", import.meta.url));

/** `kazasu up`, and Chromium beside it. */
export interface World {
  browser: Browser;
  /** What `kazasu up` printed. */
  addresses: Record<"pages" | "console" | "bank" | "jlis" | "postgres" | "personPage", string>;
  /** Opens a page of a person; a script that is not ours and opens a dialog fails the test. */
  open(page: string, person: string): Promise<Page>;
  /** Closes every page that was opened. */
  closePages(): Promise<void>;
  close(): Promise<void>;
}

/** @param settings of the engine, beside those of every test */
export async function openWorld(settings: Record<string, string> = {}): Promise<World> {
  const child: ChildProcess = spawn(process.execPath, [command, "up", "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, KAZASU_RATE_LIMIT: "100000", KAZASU_LOG_LEVEL: "error", ...settings },
  });
  const lines = createInterface({ input: child.stdout! });
  const [line] = (await Promise.race([once(lines, "line"), once(child, "exit")])) as [unknown];
  if (typeof line !== "string") throw new Error(`kazasu up ended with ${String(line)}.`);
  const addresses = JSON.parse(line) as World["addresses"];
  const { origin } = new URL(addresses.pages);
  const browser = await chromium.launch({
    executablePath: process.env["KAZASU_CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
    env: process.env,
  });
  const opened: Page[] = [];
  return {
    browser,
    addresses,
    async closePages() {
      for (const page of opened.splice(0)) await page.close();
    },
    async open(path, person) {
      const page = await browser.newPage({ viewport: { width: 420, height: 860 }, locale: "ja-JP" });
      page.setDefaultTimeout(120_000);
      page.on("dialog", () => {
        throw new Error("A script that is not ours has run.");
      });
      opened.push(page);
      await page.goto(`${origin}/pages/${path}/?person=${person}`);
      await page.locator("h1").waitFor();
      return page;
    },
    async close() {
      await browser.close();
      const exit = once(child, "exit");
      child.kill("SIGTERM");
      await exit;
    },
  };
}

/** What axe-core finds serious or worse on a page: `id: target`. */
export async function seriousFindings(page: Page): Promise<string[]> {
  const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
  await page.evaluate(await readFile(axe, "utf8"));
  const found = await page.evaluate<{
    violations: { id: string; impact: string; nodes: { target: string[] }[] }[];
  }>("axe.run()");
  return found.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}

/** How many bytes came over the network for a page, and when the largest thing was there, milliseconds. */
export async function firstView(page: Page): Promise<{ bytes: number; paintMs: number }> {
  const bytes = await page.evaluate(
    "performance.getEntries().reduce((sum, { encodedBodySize = 0 }) => sum + encodedBodySize, 0)",
  );
  const paint = await page.evaluate(
    "new Promise((done) => new PerformanceObserver((list) => done(list.getEntries().at(-1).startTime)).observe({ type: 'largest-contentful-paint', buffered: true }))",
  );
  return { bytes: Number(bytes), paintMs: Math.round(Number(paint)) };
}

/** Keeps what is seen, where pictures are wanted. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env["KAZASU_PICTURES"];
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
