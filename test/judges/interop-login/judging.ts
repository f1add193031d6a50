import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { calculateJwkThumbprint, exportJWK, exportPKCS8, exportSPKI, generateKeyPair } from "jose";
import { readLoginPage } from "../../../sandbox/persons/customer/login-page.ts";
import { persons } from "../../../sandbox/persons/persons.ts";
import { JourneyBrowser, type Page } from "./browser.ts";
import { type Sandbox, startSandbox } from "./sandbox.ts";
import { type Command, freePort, type Server, startServer } from "./server.ts";

/** What a client has learned of a person. */
export interface Learned {
  sub: string;
  userinfo: Record<string, unknown>;
}

/** A client of docs/interop, as its README configures it. */
export interface LoginClient {
  /** The party's and the client's id: the name of the folder after `login-`. */
  name: string;
  /** The path of its redirect URI. */
  callback: string;
  /** The path where it publishes its keys; without one it is given the key that was registered. */
  keys?: string;
  command: (folder: string) => Command | Promise<Command>;
  /** Whether it refuses an answer that names another issuer. */
  comparesIssuer: boolean;
  /** More variables for its command. */
  settings?: (port: number) => Record<string, string>;
  /** Where a person begins. */
  start?: (origin: string) => string;
  /** Reads from its pages whom it logged in. */
  learned?: (page: Page, browser: JourneyBrowser, origin: string) => Promise<Learned>;
}

const learnedOf = async ({ text }: Page): Promise<Learned> => JSON.parse(text) as Learned;

/** Each client logs people in at a sandbox by its configuration alone. */
export function judgeLogins(clients: LoginClient[]): void {
  let sandbox: Sandbox;
  // What has not listened in the time of a hook is ended too.
  const ending = new AbortController();
  beforeAll(async () => {
    sandbox = await startSandbox(ending.signal);
  });
  afterAll(async () => {
    await sandbox?.stop();
    ending.abort();
  });

  describe.each(clients)("$name", (client) => {
    let folder: string;
    let origin: string;
    let server: Server;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), `kazasu-${client.name}-`));
      const port = await freePort();
      origin = `http://127.0.0.1:${port}`;
      const jwk = await makeKeys(folder);
      const registered = await sandbox.control.call("POST", "/parties", {
        id: client.name,
        name: { ja: "試験銀行", en: "Test Bank" },
        issuer: "oidc",
        redirectUris: [`${origin}${client.callback}`],
        ...(client.keys === undefined ? { jwks: { keys: [jwk] } } : { jwksUri: `${origin}${client.keys}` }),
      });
      expect(registered).toMatchObject({ status: 201 });
      server = await startServer(
        await client.command(folder),
        {
          ISSUER: sandbox.issuer,
          CLIENT_ID: client.name,
          CLIENT_KEY: join(folder, "client.jwk"),
          PORT: String(port),
          FOLDER: folder,
          ...client.settings?.(port),
        },
        ending.signal,
      );
    });
    afterAll(async () => {
      await server?.stop();
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    });

    async function logIn(
      person: string,
      rewrite?: (url: URL) => void,
    ): Promise<{ pseudonym: string; learned: Learned }> {
      const browser = new JourneyBrowser();
      const page = await browser.open(client.start?.(origin) ?? `${origin}/`);
      const { returnTo } = await sandbox.control.done<{ returnTo: string }>(person, "login", {
        party: client.name,
        link: loginLink(page, server),
      });
      const end = await browser.open(returnTo, rewrite);
      const learned = await (client.learned ?? learnedOf)(end, browser, origin).catch((cause) => {
        throw new Error(`After the login: ${end.status} ${end.url}\n${server.said()}`, { cause });
      });
      return { pseudonym: await pseudonymOf(sandbox, person, client.name), learned };
    }

    test("ok/logs in a person who has agreed to disclosure, and reads name, address, birthdate and gender", async () => {
      await sandbox.control.done("plain", "enrol", { party: client.name });
      const { pseudonym, learned } = await logIn("plain");
      const { register } = persons.find(({ slug }) => slug === "plain")!;
      expect(learned).toEqual({
        sub: pseudonym,
        userinfo: {
          sub: pseudonym,
          name: register.name,
          address: { formatted: register.address },
          birthdate: "1990-04-15",
          gender: register.sex,
        },
      });
    });

    test("ok/logs in a person who has agreed to the terms alone, and reads nothing", async () => {
      await sandbox.control.done("reticent", "enrol", { party: client.name });
      const { pseudonym, learned } = await logIn("reticent");
      expect(learned).toEqual({ sub: pseudonym, userinfo: { sub: pseudonym } });
    });

    const does = client.comparesIssuer ? "is refused" : "is taken: the library does not compare it";
    test(`bad/RFC 9207 §2.4: an answer in another issuer's name ${does}`, async () => {
      const login = logIn("plain", ({ searchParams }) => {
        if (searchParams.has("iss")) searchParams.set("iss", "https://other.example");
      });
      if (client.comparesIssuer) return expect(login).rejects.toThrow("After the login");
      const { pseudonym, learned } = await login;
      expect(learned.sub).toBe(pseudonym);
    });
  });
}

/** A client's key as `kazasu party add --make-key` writes it, and one in PEM; returns the public part of the first. */
async function makeKeys(folder: string): Promise<object> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const { d, ...made } = await exportJWK(privateKey);
  const jwk = { ...made, kid: await calculateJwkThumbprint(made), alg: "ES256", use: "sig" };
  await writeFile(join(folder, "client.jwk"), JSON.stringify({ ...jwk, d }), { mode: 0o600 });
  const rsa = await generateKeyPair("RS256", { extractable: true });
  await writeFile(join(folder, "client.pem"), await exportPKCS8(rsa.privateKey), { mode: 0o600 });
  await writeFile(join(folder, "client-public.pem"), await exportSPKI(rsa.publicKey));
  return jwk;
}

function loginLink({ status, text, url }: Page, server: Server): string {
  try {
    return readLoginPage(text).here;
  } catch (cause) {
    throw new Error(`Instead of the login page: ${status} ${url}\n${text.slice(0, 600)}\n${server.said()}`, {
      cause,
    });
  }
}

async function pseudonymOf({ control }: Sandbox, person: string, party: string): Promise<string> {
  const { body } = await control.call("GET", `/people/${person}`);
  const { enrolments } = body as { enrolments: { party: string; pseudonym: string }[] };
  return enrolments.find((each) => each.party === party)!.pseudonym;
}
