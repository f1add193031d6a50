import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type CryptoKey, importJWK } from "jose";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import type { FirstThings as First } from "../../sandbox/trial/ready-clients.ts";
import { PartyCaller } from "../unit/openid/party-caller.ts";
import { seriousFindings } from "./browser.ts";
import { clone, type Running, running, sandboxFolder } from "./sandbox.ts";

/** The first hour of a party's developer: the tutorial to its end, and the sandbox's page. */

let folder: Awaited<ReturnType<typeof sandboxFolder>>;
let sandboxProcess: Running;
let browser: Browser;
let sandbox: string;
let tookMs: number;
const hosts = new Set<string>();

const tutorial = (name: string) => readFile(join(clone, "docs/tutorial", name), "utf8");
/** The commands of the page, in order. */
const commandsOf = (page: string): string[] =>
  [...page.matchAll(/^```sh\n(.*?)\n```$/gms)].map(([, command = ""]) => command);
/** What the page says to press, in order. */
const pressesOf = (page: string): string[] =>
  [...page.matchAll(/\*\*(.+?)\*\*/g)].map(([, name = ""]) => name);

async function newContext(locale: string): Promise<BrowserContext> {
  const context = await browser.newContext({ locale });
  context.setDefaultTimeout(120_000);
  context.on("request", (request) => hosts.add(new URL(request.url()).hostname));
  return context;
}

/** The second command of a tutorial's page: the web page that logs people in, and its address. */
async function siteOf(page: string, more = ""): Promise<{ site: Running; address: string }> {
  const [, command = ""] = commandsOf(page);
  const site = running(`${command.replace("http://127.0.0.1:SANDBOX", sandbox)}${more}`);
  const [, address = ""] = await site.line(/^open (\S+) in a browser$/);
  return { site, address };
}

/** From the printed address to the phone's page, by what the tutorial says to press. */
async function toThePhone(page: Page, address: string, link: string): Promise<void> {
  await page.goto(address);
  await page.getByRole("link", { name: link }).click();
  await page.locator("[data-login=first-bank]").waitFor();
}

const openDeveloper = async (locale = "en"): Promise<Page> => {
  const page = await (await newContext(locale)).newPage();
  await page.goto(sandbox);
  if (locale === "en") await page.getByRole("button", { name: "English" }).click();
  await page.locator("h1").waitFor();
  return page;
};

const choose = (person: string, outcome: string) =>
  fetch(`${sandbox}/choice`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ person, outcome }),
  });

beforeAll(async () => {
  folder = await sandboxFolder();
  browser = await chromium.launch({
    executablePath: process.env["KAZASU_CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
    env: process.env,
  });
  const started = performance.now();
  const [first = ""] = commandsOf(await tutorial("first-login.md"));
  sandboxProcess = running(`${first} --data ${folder.path}`);
  [, sandbox = ""] = await sandboxProcess.line(/^ {2}sandbox +(\S+)$/);
  const page = await tutorial("first-login.ja.md");
  const [openApp = "", answer = ""] = pressesOf(page);
  const { site, address } = await siteOf(page);
  const tab = await (await newContext("ja-JP")).newPage();
  await toThePhone(tab, address, openApp);
  await tab.getByRole("button", { name: answer }).click();
  await tab.getByText("ログインしました。").waitFor();
  await site.line(/^logged in: \S+ \(urn:kazasu:acr:device\)$/);
  await site.line(/^name: 山田　花子$/);
  tookMs = performance.now() - started;
  await site.end();
});
afterAll(async () => {
  await browser?.close();
  await sandboxProcess?.end();
  await folder?.remove();
});

test("ok/docs/tutorial/first-login.md: from the first command to the first login", async () => {
  process.stderr.write(`The first login took ${(tookMs / 1_000).toFixed(1)} s from the first command.\n`);
  const [english, japanese] = await Promise.all([tutorial("first-login.md"), tutorial("first-login.ja.md")]);
  expect(commandsOf(japanese)).toEqual(commandsOf(english));
  expect(pressesOf(english)).toEqual(["Open the app on this device", "Answer like this"]);
  expect([...hosts]).toEqual(["127.0.0.1"]);
});

test("ok/one command prints both issuers, a client with its key, and the root", async () => {
  for (const name of ["openid", "oidc"]) {
    const [, issuer = ""] = await sandboxProcess.line(new RegExp(`^ {2}${name} +(http://\\S+/${name})$`));
    const { issuer: own } = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as {
      issuer: string;
    };
    expect(own).toBe(issuer);
  }
  const [, root = ""] = await sandboxProcess.line(/^ {2}root +(\S+)$/);
  const [, sha256 = ""] = await sandboxProcess.line(/^ {4}SHA-256 +([0-9a-f]{64})$/);
  const { createHash, X509Certificate } = await import("node:crypto");
  const der = new X509Certificate(await readFile(root)).raw;
  expect(createHash("sha256").update(der).digest("hex")).toBe(sha256);
  const [, key = ""] = await sandboxProcess.line(/^ {4}private key +(\S+) \(kid /);
  expect((await stat(key)).mode & 0o777).toBe(0o600);
});

test("ok/with the keyboard alone: a person declines, by FAPI 2.0, and the party is told", async () => {
  const page = await tutorial("first-login.md");
  const [openApp = "", answer = ""] = pressesOf(page);
  const { site, address } = await siteOf(page, " openid");
  const tab = await (await newContext("en")).newPage();
  await tab.goto(sandbox);
  await tab.getByRole("button", { name: "English" }).press("Enter");
  await tab.locator("select[name=person]").press("m");
  await tab.waitForFunction("document.querySelector('select[name=person]').value === 'married'");
  await tab.locator("input[value=approved]").press("ArrowDown");
  await tab.locator("input[value=declined]:checked:enabled").waitFor();
  await tab.goto(address);
  await tab.getByRole("link", { name: openApp }).press("Enter");
  await tab.getByRole("button", { name: answer }).press("Enter");
  await tab.getByText("Not logged in.").waitFor();
  await site.line(/^not logged in: access_denied/);
  await site.end();
});

test.each([
  ["locked", "PIN_LOCKED"],
  ["died", "CERTIFICATE_REVOKED"],
])("ok/%s: the phone says why, and the login page can be left", async (person, code) => {
  const page = await tutorial("first-login.ja.md");
  const [openApp = "", answer = ""] = pressesOf(page);
  await choose(person, person);
  const { site, address } = await siteOf(page);
  const tab = await (await newContext("ja-JP")).newPage();
  await toThePhone(tab, address, openApp);
  await tab.getByRole("button", { name: answer }).click();
  await tab.getByRole("alert").getByText(code).waitFor();
  await tab.getByRole("button", { name: "ログイン画面に戻る" }).click();
  await tab.getByRole("link", { name: "中止する" }).click();
  await tab.getByText("ログインできませんでした。").waitFor();
  await site.end();
});

test("ok/moved: the login has the new address", async () => {
  const page = await tutorial("first-login.ja.md");
  const [openApp = "", answer = ""] = pressesOf(page);
  await choose("unknown-birth-date", "moved");
  const { site, address } = await siteOf(page);
  const tab = await (await newContext("ja-JP")).newPage();
  await toThePhone(tab, address, openApp);
  await tab.getByRole("button", { name: answer }).click();
  await tab.getByText("大阪府大阪市").waitFor();
  await site.line(/^name: 中村　ハル$/);
  await site.end();
});

test("ok/the page is clean for axe in both colour schemes and languages, and loads nothing from elsewhere", async () => {
  for (const locale of ["ja-JP", "en"]) {
    const page = await openDeveloper(locale);
    await page.locator("[data-exchange=token]").first().waitFor();
    await page.locator("[data-exchange=token] summary").first().click();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await seriousFindings(page)).toEqual([]);
    }
    const { headers } = await page.request.get(page.url()).then((answer) => ({ headers: answer.headers() }));
    expect(headers["content-security-policy"]).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self'/,
    );
  }
  expect([...hosts]).toEqual(["127.0.0.1"]);
});

test("fail/a registration with mistakes: the page says what to change, and then registers the party", async () => {
  const page = await openDeveloper();
  const form = page.locator("form");
  await form.locator("input[name=id]").fill("My Bank");
  await form.locator("input[name=redirect]").fill("http://bank.example/cb");
  await form.locator("input[value=pasted]").check();
  await form.locator("textarea").fill('{"keys":[{"kty":"EC","kid":"1","d":"secret-part"}]}');
  await form.locator("textarea").press("Tab");
  await page.getByRole("button", { name: "Register" }).press("Enter");
  const alert = page.getByRole("alert");
  for (const advice of [/lower-case letters/, /http is only for/, /remove d/])
    await alert.getByText(advice).waitFor();

  await form.locator("input[name=id]").fill("page-bank");
  await form.locator("input[name=redirect]").fill("http://127.0.0.1:3000/callback");
  await form.locator("input[value=generated]").check();
  await form.locator("input[name=id]").press("Enter");
  const done = page.locator("[data-registered=page-bank]");
  await done.waitFor();
  const [, key = ""] = /(\S+\.jwk\.json)/.exec((await done.textContent()) ?? "") ?? [];
  expect((await stat(key)).mode & 0o777).toBe(0o600);
});

test("ok/a move goes by on the page: poll, attributes and acknowledgement of a party, with its requests as curl", async () => {
  const bank = running(`node docs/examples/my-bank.mjs ${sandbox} ${await gatewayOf()}`);
  await bank.line(/waiting for a change/);
  await act("latin-name", "enrol", { party: "my-bank" });
  await choose("latin-name", "approved");
  const page = await openDeveloper();
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByRole("button", { name: /move now/ }).click();
  await page.getByRole("status").getByText("Moved, and agreed").waitFor();
  await bank.line(/address is now/);
  for (const kind of ["poll", "attributes", "acknowledgement"])
    await page.locator(`[data-exchange=${kind}]`, { hasText: "my-bank" }).first().waitFor();
  const poll = page.locator("[data-exchange=poll]", { hasText: "attributes-changed" }).first();
  await poll.locator("summary").press("Enter");
  const curl = (await poll.locator("[data-curl]").textContent()) ?? "";
  expect(curl).toMatch(/^curl -X POST 'http:\/\/127\.0\.0\.1:\d+\/ssf\/poll\//);
  expect(curl).toMatch(/authorization: DPoP \S{12}…'/);
  await bank.end();
});

test("ok/events are pushed to a receiver on this machine, and the page shows what they say", async () => {
  const { issuers } = (await (await fetch(`${sandbox}/first`)).json()) as First;
  const { clientId, kid, keyFile } = issuers.openid;
  const privateKey = (await importJWK(JSON.parse(await readFile(keyFile, "utf8")), "ES256")) as CryptoKey;
  const key = { kid, privateKey };
  const party = new PartyCaller({ url: await gatewayOf(), partyId: "first-bank", clientId, key });
  const delivery = { method: "urn:ietf:rfc:8935", endpoint_url: `${sandbox}/receiver/first-bank` };
  const stream = await party.call("POST", "/ssf/streams", { delivery, events_requested: [] });
  expect(stream.status).toBe(201);
  await party.call("POST", "/ssf/verify", { stream_id: stream.body["stream_id"] });
  const page = await openDeveloper();
  const event = page.locator("[data-exchange=push]", { hasText: "first-bank" }).first();
  await event.waitFor();
  await event.locator("summary").press("Enter");
  await event.getByText("secevent/ssf/event-type/verification").waitFor();
});

async function gatewayOf(): Promise<string> {
  const [, gateway = ""] = await sandboxProcess.line(/^ {2}gateway +(\S+)$/);
  return gateway;
}

async function act(person: string, name: string, body: object): Promise<void> {
  const answer = await fetch(`${sandbox}/people/${person}/${name}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
}
