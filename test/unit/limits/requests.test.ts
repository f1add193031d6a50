import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import Fastify, { type FastifyInstance } from "fastify";
import { changeConsent, withdrawalOf } from "../../../client/app/consent-change.ts";
import { listConsents } from "../../../client/app/consent-list.ts";
import { freezeNewPhone } from "../../../client/app/freeze.ts";
import { Gateway } from "../../../client/app/gateway.ts";
import { readInbox } from "../../../client/app/inbox.ts";
import { revokeOwnCertificate } from "../../../client/app/revocation.ts";
import { beginVisit } from "../../../domain/person-page/visiting.ts";
import { Refusal } from "../../../domain/refusal.ts";
import { limitAtTheDoor } from "../../../gateway/limits/door.ts";
import { createProvenLimits } from "../../../gateway/limits/proven-limits.ts";
import { onError, sendProblem } from "../../../gateway/problems.ts";
import { attributeReadsRoute } from "../../../gateway/routes/attribute-reads.ts";
import { consentRoutes } from "../../../gateway/routes/consents.ts";
import { freezesRoute } from "../../../gateway/routes/freezes.ts";
import { inboxRoute } from "../../../gateway/routes/inbox.ts";
import { operationsRoute } from "../../../gateway/routes/operations.ts";
import { pageVisitRoutes } from "../../../gateway/routes/page-visits.ts";
import { revocationRoutes } from "../../../gateway/routes/revocations.ts";
import { type RefusalCode, refusals } from "../../../protocol/refusals.ts";
import { ConsoleWorld } from "../console/world.ts";
import { issuer, makePerson, type Person, sealer } from "../notification/people.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";

const perMinute = 5;
const perEnrolment = 8;
const clock = () => new Date();

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startTestRegistry();
});
afterAll(() => registry?.close());

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** The addresses of phones, as the gateway has them. */
async function start(trustedProxies: string[] = []): Promise<string> {
  const server = Fastify({ trustProxy: trustedProxies }) as unknown as FastifyInstance;
  await limitAtTheDoor(server, { perMinute, clock });
  const limits = createProvenLimits({ perEnrolment, perParty: 50, clock });
  const certificate = { reread: async () => {}, startCampaign: async () => {} };
  const log = { warn: () => {} };
  const deps = { pool: registry.pool, sealer, issuer, clock, certificate, log, limits };
  inboxRoute(server, deps);
  revocationRoutes(server, deps);
  freezesRoute(server, deps);
  attributeReadsRoute(server, deps);
  consentRoutes(server, {
    ...deps,
    answerMs: 1_000,
    consent: { change: async () => ({ kind: "refused", code: "CONSENT_NOT_IN_FORCE", detail: "none" }) },
    pushConsents: async () => {},
  });
  operationsRoute(server, {
    ...deps,
    consent: { change: async () => ({ kind: "unanswered" }) },
    answerMs: 1_000,
    operatorRule: undefined,
  });
  pageVisitRoutes(server, {
    ...deps,
    secret: new Uint8Array(32),
    pageUrl: "https://page.example",
    cardQuestionsPerHour: 10,
    readCard: async () => ({ ok: false, code: "SIGNATURE_MISMATCH", detail: "no card" }),
  });
  server.get("/open", () => ({}));
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  closing.push(() => server.close());
  return url;
}

async function post(url: string, body: object, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const { code } = (await response.json()) as { code?: string };
  return { status: response.status, code, retryAfter: Number(response.headers.get("retry-after") ?? 0) };
}
const get = async (url: string, headers: Record<string, string> = {}) => {
  const response = await fetch(url, { headers });
  await response.text();
  return { status: response.status, retryAfter: Number(response.headers.get("retry-after") ?? 0) };
};

/** A tap for the page that waits for a card. */
const waits = async () =>
  (
    await beginVisit(registry.pool, { sealer, clock }, randomUUID(), {
      act: "log-in",
      about: { page: "https://page.example" },
    })
  ).id;
const open = (url: string, { phone }: Person) => readInbox(new Gateway(url), phone);
const revoke = (url: string, { phone }: Person) =>
  revokeOwnCertificate(new Gateway(url), phone, "cessationOfOperation");
const tooMany = { code: "TOO_MANY_REQUESTS" };

/** Somebody at the same address asks at every address until each is limited. */
async function flood(url: string): Promise<void> {
  for (const path of ["/v1/inbox", "/v1/revocations", "/v1/freezes", "/v1/key-compromises", "/v1/operations"])
    for (let one = 0; one <= perMinute; one += 1) await post(url + path, { message: "forged" });
  for (let one = 0; one <= perMinute; one += 1) await get(`${url}/open`);
}

describe("somebody else's requests from the same address", () => {
  test("ok/they are refused before they are read, and the answer says for how long", async () => {
    const url = await start();
    await flood(url);
    const { status, retryAfter } = await get(`${url}/open`);
    expect(status).toBe(429);
    expect(retryAfter).toBeGreaterThan(0);
    const forged = await post(`${url}/v1/revocations`, { message: "forged" });
    expect(forged).toMatchObject({ status: 429, code: "TOO_MANY_REQUESTS" });
    expect(forged.retryAfter).toBeGreaterThan(0);
  });

  test("bad/they do not keep a person from the inbox, nor from a revocation", async () => {
    const url = await start();
    const person = await makePerson(registry.pool);
    await flood(url);
    expect((await open(url, person)).open).toEqual([]);
    expect((await revoke(url, person)).serials).toHaveLength(1);
  });

  test("bad/they do not keep a person from reading consents, nor from withdrawing one", async () => {
    const url = await start();
    const { phone } = await makePerson(registry.pool);
    await flood(url);
    const [consent] = await listConsents(new Gateway(url), phone);
    const withdrawing = changeConsent(new Gateway(url), phone, withdrawalOf(consent!));
    // Read, and decided on by the lifecycle, which is not here.
    await expect(withdrawing).rejects.toMatchObject({ code: "CONSENT_NOT_IN_FORCE" });
  });

  test("bad/they do not keep a person from stopping a new phone", async () => {
    const url = await start();
    const person = await makePerson(registry.pool);
    for (let one = 0; one <= perMinute; one += 1) await get(`${url}/open`);
    // Read, and answered as what it is: there is no such notice.
    const stopping = freezeNewPhone(new Gateway(url), person.phone, randomUUID());
    await expect(stopping).rejects.toMatchObject({ code: "FREEZE_CLOSED" });
  });
});

describe("the CA's own page", () => {
  const visits = ["/v1/page-visits/questions", "/v1/page-visits/answers"];

  test("bad/strangers at the same address do not keep the person from a waiting tap", async () => {
    const url = await start();
    await flood(url);
    for (const path of visits)
      for (let one = 0; one <= perMinute; one += 1)
        await post(url + path, { visitId: randomUUID(), via: "link" });
    const visitId = await waits();
    expect((await post(url + visits[0], { visitId, via: "link" })).status).toBe(200);
    const unknown = await post(url + visits[0], { visitId: randomUUID(), via: "link" });
    expect(unknown.code).toBe("TOO_MANY_REQUESTS");
  });

  test("bad/a phone that polls one tap in a loop has to wait, one with another tap does not", async () => {
    const url = await start();
    const [visitId, other] = [await waits(), await waits()];
    for (let one = 0; one < perEnrolment; one += 1) await post(url + visits[0], { visitId, via: "link" });
    expect((await post(url + visits[0], { visitId, via: "link" })).code).toBe("TOO_MANY_REQUESTS");
    expect((await post(url + visits[0], { visitId: other, via: "link" })).status).toBe(200);
  });
});

describe("one's own requests", () => {
  test("bad/a phone in a loop has to wait, another phone and another kind of message do not", async () => {
    const url = await start();
    const [person, other] = [await makePerson(registry.pool), await makePerson(registry.pool)];
    for (let one = 0; one < perEnrolment; one += 1) await open(url, person);
    await expect(open(url, person)).rejects.toMatchObject(tooMany);
    await open(url, other);
    expect((await revoke(url, person)).serials).toHaveLength(1);
  });
});

describe("behind a proxy", () => {
  const from = (...addresses: string[]) => ({ "x-forwarded-for": addresses.join(", ") });
  const spend = async (url: string, headers: Record<string, string>) => {
    for (let one = 0; one < perMinute; one += 1) expect((await get(`${url}/open`, headers)).status).toBe(200);
    expect((await get(`${url}/open`, headers)).status).toBe(429);
  };

  test("ok/the client is the address that the trusted proxy names", async () => {
    const url = await start(["127.0.0.1"]);
    await spend(url, from("192.0.2.1"));
    expect((await get(`${url}/open`, from("192.0.2.2"))).status).toBe(200);
  });

  test("bad/a client that names itself: only what the last proxy wrote counts", async () => {
    const url = await start(["127.0.0.1"]);
    await spend(url, from("198.51.100.1", "192.0.2.1"));
    expect((await get(`${url}/open`, from("198.51.100.2", "192.0.2.1"))).status).toBe(429);
  });

  test("bad/without the setting no forwarding header is trusted", async () => {
    const url = await start();
    await spend(url, from("192.0.2.1"));
    expect((await get(`${url}/open`, from("192.0.2.2"))).status).toBe(429);
  });

  test("bad/the addresses of one IPv6 network are one client", async () => {
    const url = await start(["127.0.0.1"]);
    await spend(url, from("2001:db8:1:2::1"));
    expect((await get(`${url}/open`, from("2001:db8:1:2::ffff"))).status).toBe(429);
    expect((await get(`${url}/open`, from("2001:db8:1:3::1"))).status).toBe(200);
  });
});

describe("the console", () => {
  test("bad/an operator who is logged in is not limited by other requests from the same address; logins are counted separately", async () => {
    const world = await ConsoleWorld.start({}, async (server) => {
      await limitAtTheDoor(server, { perMinute, clock });
      server.get("/open", () => ({}));
    });
    closing.push(() => world.close());
    const browser = await world.as("olga");
    for (let one = 0; one <= 3 * perMinute; one += 1) {
      await get(`${world.url}/open`);
      await get(`${world.url}/console/api/session`);
    }
    expect(await get(`${world.url}/open`)).toMatchObject({ status: 429 });
    expect(await get(`${world.url}/console/api/session`)).toMatchObject({ status: 429 });
    expect((await browser.get("/session")).status).toBe(200);
    const other = await world.as("anna");
    expect((await other.get("/session")).status).toBe(200);
  });
});

test("bad/strangers who use up the console's logins do not keep out an operator who has logged in before", async () => {
  const world = await ConsoleWorld.start({}, (server) => limitAtTheDoor(server, { perMinute, clock }));
  closing.push(() => world.close());
  const browser = await world.as("olga");
  const login = `${world.url}/console/login`;
  const statuses = [];
  for (let one = 0; one <= perMinute; one += 1)
    statuses.push((await fetch(login, { redirect: "manual" })).status);
  expect(statuses.at(-1)).toBe(429);
  const forged = { cookie: `__Host-kazasu-known=${"A".repeat(43)}` };
  expect((await fetch(login, { redirect: "manual", headers: forged })).status).toBe(429);
  expect((await browser.logIn("olga")).status).toBe(303);
  expect((await browser.get("/session")).status).toBe(200);
});

describe("Retry-After", () => {
  const waiting = Object.entries(refusals).filter(([, { status }]) => status === 429 || status === 503);

  test.each(waiting.map(([code]) => code as RefusalCode))("ok/%s says when to come back", async (code) => {
    const server = Fastify() as unknown as FastifyInstance;
    server.setErrorHandler(onError);
    server.get("/thrown", () => {
      throw new Refusal({ code, detail: "Later." });
    });
    server.get("/known", () => {
      throw new Refusal({ code, detail: "Later.", retryAfterSeconds: 7 });
    });
    server.get("/sent", (request, reply) => sendProblem(request, reply, code, "Later."));
    for (const path of ["/thrown", "/sent"])
      expect(Number((await server.inject(path)).headers["retry-after"])).toBeGreaterThan(0);
    expect((await server.inject("/known")).headers["retry-after"]).toBe("7");
    await server.close();
  });
});
