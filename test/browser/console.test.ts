import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import type { Page } from "playwright-core";
import { makeOperators } from "../integration/operators.mjs";
import { Control } from "../integration/sandbox-control.ts";
import { firstView, openWorld, picture, seriousFindings, type World } from "./browser.ts";
import { addLifecycles } from "./lifecycles.ts";

/** The operators' console, while people live their lives and while something is broken. */

let folder: string;
let world: World;
let control: Control;
const contexts: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kazasu-console-"));
  world = await openWorld({
    KAZASU_OPERATORS: await makeOperators(folder),
    // An event that nobody takes is given up after a day: 24 seconds.
    KAZASU_TIME_SCALE: "3600",
    KAZASU_DELIVERY_DAYS: "1",
  });
  control = new Control(new URL(world.addresses.pages).origin);
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});
afterAll(async () => {
  await world?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A browser of this operator's own, logged in with the mouse. */
async function as(operator: string): Promise<Page> {
  const context = await world.browser.newContext({
    viewport: { width: 1_000, height: 800 },
    locale: "ja-JP",
  });
  contexts.push(context);
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  page.on("dialog", () => {
    throw new Error("A script that is not ours has run.");
  });
  await page.goto(world.addresses.console);
  await logIn(page, operator);
  return page;
}
async function logIn(page: Page, operator: string): Promise<void> {
  await page.getByRole("link", { name: "ログインする" }).click();
  await page.getByRole("link", { name: operator }).click();
  await page.getByText(`${operator} (`).waitFor();
}
const view = (page: Page, name: string) =>
  page.getByRole("link", { name: new RegExp(`^${name}( [0-9]+)?$`) }).click();
const count = (page: Page, lifecycle: string, state: string) =>
  page.locator(`[data-lifecycle="${lifecycle}"] [data-state="${state}"]`);

/** A person with a certificate; what the gateway calls them comes from their timeline's address. */
async function enrolled(person: string): Promise<{ enrolmentId: string }> {
  return control.done(person, "enrol");
}
async function timelineOf(page: Page, enrolmentId: string): Promise<void> {
  await page.getByRole("textbox", { name: "ID・シリアル番号・相手先" }).fill(enrolmentId);
  await page.getByRole("button", { name: "探す" }).click();
  await page.locator("li.item a").click();
  await page.getByRole("heading", { name: "タイムライン" }).waitFor();
}

async function fault(method: "POST" | "DELETE", plan?: object): Promise<void> {
  const json = { headers: { "content-type": "application/json" }, body: JSON.stringify(plan) };
  await fetch(`${world.addresses.bank}/control/faults`, { method, ...(plan ? json : {}) });
}

test("ok/counts update while the page is open; from an id to the timeline, the certificate and the Temporal UI", async () => {
  const page = await as("wakaba");
  await page.locator('[data-lifecycle="issuance"]').waitFor();
  const { enrolmentId } = await enrolled("plain");
  await count(page, "issuance", "active").filter({ hasText: /^1$/ }).waitFor();
  await timelineOf(page, enrolmentId);
  // A viewer sees no way to a person's data.
  expect(await page.getByRole("heading", { name: "個人情報の表示" }).count()).toBe(0);
  const temporal = page.locator(".rows .row", { hasText: "登録" }).getByRole("link", { name: "Temporal" });
  expect(await temporal.getAttribute("href")).toContain(encodeURIComponent(`issuance/${enrolmentId}`));
  await picture(page, "console-timeline");
  await page.locator(".rows .row", { hasText: "証明書" }).getByRole("link").click();
  await page.locator('[data-value="status"]', { hasText: "有効" }).waitFor();
  await view(page, "認証局");
  await page.locator('[data-crl="0"]').first().waitFor();
  await view(page, "変更検知");
  await page.locator('[data-calls="status"]').first().waitFor();
});

test("ok/an operator reveals a person's data for a reason and a case number, and the auditor finds who looked", async () => {
  const { enrolmentId } = await enrolled("latin-name");
  const operator = await as("sakura");
  await timelineOf(operator, enrolmentId);
  await operator.locator('input[name="record"]').fill("case-4711");
  await operator.getByRole("button", { name: "記録して表示する" }).click();
  await operator.locator('[data-value="address"]').waitFor();
  const auditor = await as("ayame");
  await view(auditor, "監査記録");
  const line = auditor.locator(".rows .row", { hasText: "case-4711" });
  await line.waitFor();
  expect(await line.textContent()).toContain("sakura");
});

test("ok/while the bank is unavailable: stuck deliveries and dead letters are listed, and replayed with one press", async () => {
  const { enrolmentId } = await enrolled("married");
  const page = await as("sakura");
  await fault("POST", { down: true });
  await control.done("married", "move", { address: "大阪府大阪市北区中之島一丁目３番２０号" });
  await control.done("married", "answer");
  await view(page, "配送の問題");
  const troubled = (which: string) => page.locator(`[data-which="${which}"] .row`, { hasText: "abc-bank" });
  await troubled("stuck").first().waitFor();
  await picture(page, "console-fault");
  await troubled("dead-lettered").first().waitFor({ timeout: 90_000 });
  await fault("DELETE");
  await troubled("dead-lettered").first().getByRole("button", { name: "再送する" }).dblclick();
  await troubled("dead-lettered").first().waitFor({ state: "detached" });
  expect(await page.getByRole("alert").count()).toBe(0);
  await timelineOf(page, enrolmentId);
  await page.locator(".rows .row", { hasText: "配送済み" }).first().waitFor();
  await view(page, "全体");
  await count(page, "notification", "confirmed").waitFor();
  await picture(page, "console");
});

test("ok/a revocation needs one who proposes and two who sign, each with a key that stays in the browser", async () => {
  const { enrolmentId } = await enrolled("odd-characters");
  const proposer = await as("sakura");
  await timelineOf(proposer, enrolmentId);
  await proposer.locator(".rows .row", { hasText: "証明書" }).getByRole("link").click();
  const serial = (await proposer.locator("dd code").first().textContent()) ?? "";
  const address = proposer.url();
  await view(proposer, "二人での操作");
  const form = proposer.locator("form", { has: proposer.locator('input[name="serial"]') });
  await form.locator('input[name="serial"]').fill(serial);
  await form.locator('input[name="record"]').fill("case-8");
  await form.getByRole("button", { name: "提案する" }).click();
  await proposer.locator("[data-operation]", { hasText: serial }).waitFor();
  const [kaede, momiji] = [await as("kaede"), await as("momiji")];
  const approve = async (page: Page, file: string) => {
    await view(page, "二人での操作");
    const proposal = page.locator("[data-operation]", { hasText: serial });
    await proposal.locator('input[type="file"]').setInputFiles(join(folder, file));
    await proposal.getByRole("button", { name: "読んだうえで承認する" }).click();
    return proposal;
  };
  await (await approve(kaede, "operators.yaml")).getByRole("alert").waitFor();
  await (await approve(kaede, "akira.json")).getByText("(1/2)").waitFor();
  await (await approve(kaede, "botan.json")).getByText("OPERATION_NOT_APPROVED").waitFor();
  await (await approve(momiji, "botan.json")).waitFor({ state: "detached" });
  await proposer.goto(address);
  await proposer.locator('[data-value="status"]', { hasText: "失効" }).waitFor();
});

test("fail/the live stream breaks: the page says so, lookups still work, and the stream reconnects", async () => {
  const page = await as("wakaba");
  await page.route("**/counts/live", (route) => route.abort());
  await page.goto(`${world.addresses.console}#/health`);
  await page.reload();
  await page.getByText("接続が切れています").waitFor();
  await page.locator('[data-crl="0"]').first().waitFor();
  await page.unroute("**/counts/live");
  await page.getByText("接続が切れています").waitFor({ state: "detached" });
  await view(page, "全体");
  await count(page, "issuance", "active").waitFor();
});

test("fail/a session that ended in another tab asks for a login, and shows nothing more", async () => {
  const page = await as("wakaba");
  const other = await page.context().newPage();
  await other.goto(world.addresses.console);
  await other.getByRole("button", { name: "ログアウト" }).click();
  await other.getByRole("link", { name: "ログインする" }).waitFor();
  await view(page, "認証局");
  await page.getByText("ログインの期限が切れました。").waitFor();
  expect(await page.locator("section").count()).toBe(0);
  await logIn(page, "wakaba");
});

test("fail/scripts and nonsense in the address and the search are shown as text, and nothing is found", async () => {
  const page = await as("wakaba");
  const script = "<img src=x onerror=alert(1)>";
  await page.getByRole("textbox", { name: "ID・シリアル番号・相手先" }).fill(script);
  await page.getByRole("button", { name: "探す" }).click();
  await page.getByRole("heading", { name: script }).waitFor();
  await page.getByText("この ID・シリアル番号・相手先のものはありません。").waitFor();
  for (const hash of ["#/person/x", "#/certificate/%", "#/lifecycles/nothing?state=%00"]) {
    await page.goto(`${world.addresses.console}${hash}`);
    await page.getByRole("alert").first().waitFor();
  }
  expect(await page.locator("img").count()).toBe(0);
});

test("ok/thousands of lifecycles can be scrolled with only a screen of them in the document", async () => {
  const total = await addLifecycles(world.addresses.postgres, 3_000);
  const page = await as("wakaba");
  await page.getByRole("link", { name: "発行", exact: true }).click();
  for (let read = 100; read < total + 100; read += 100) {
    const rows = page.locator(`.rows[data-rows="${Math.min(read, total)}"]`);
    await rows.waitFor();
    expect(await rows.locator(".row").count()).toBeLessThan(80);
    await page.evaluate("document.querySelector('.rows').scrollTo({ top: 10_000_000 })");
  }
  await page.locator(`.rows[aria-rowcount="${total + 1}"]`).waitFor();
});

test("ok/no serious finding of axe-core, at most 100 kB, at a phone's width and in both colours", async () => {
  const page = await as("sakura");
  for (const name of ["全体", "配送の問題", "変更検知", "認証局", "二人での操作"]) {
    await view(page, name);
    await page.locator("section").first().waitFor();
    for (const [colorScheme, width] of [
      ["light", 1_000],
      ["dark", 420],
    ] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      expect(await seriousFindings(page)).toEqual([]);
      expect(Number(await page.evaluate("document.documentElement.scrollWidth"))).toBeLessThanOrEqual(width);
    }
  }
  await page.reload();
  await page.locator("section").first().waitFor();
  const { bytes, paintMs } = await firstView(page);
  process.stdout.write(`  console: ${bytes} bytes, largest contentful paint ${paintMs} ms\n`);
  expect(bytes).toBeGreaterThan(1_000);
  expect(bytes).toBeLessThanOrEqual(100_000);
});
