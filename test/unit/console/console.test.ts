import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import Fastify, { type FastifyInstance } from "fastify";
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import { allowInsecureRequests, discovery } from "openid-client";
import { consoleRoutes } from "../../../gateway/console/routes.ts";
import { onError } from "../../../gateway/problems.ts";
import { type OperatorKey } from "../../../protocol/approval.ts";
import { signApproval } from "../../../protocol/sign-approval.ts";
import { foldMoves } from "../../../registry/console/counts.ts";
import { addSecurityEvent } from "../../../registry/security-events.ts";
import { type OperatorLogin, startOperatorLogin } from "../../../simulators/operator-login/server.ts";
import { firstAnchor, issuer, makePerson, type Person, sealer } from "../notification/people.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";
import { Browser } from "./operators-browser.ts";

let registry: TestRegistry;
let login: OperatorLogin;
let server: FastifyInstance;
let url: string;
let person: Person;
const transmitted: string[] = [];
const keys = await Promise.all(["Akira", "Botan"].map(newKey));
const operatorsAt = {
  vera: ["viewer"],
  olga: ["operator"],
  otto: ["operator", "approver"],
  anna: ["approver"],
  axel: ["approver"],
  ada: ["auditor"],
  nobody: [],
  stranger: ["admin"],
};

beforeAll(async () => {
  registry = await startTestRegistry();
  person = await makePerson(registry.pool);
  server = Fastify();
  server.setErrorHandler(onError);
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const client = {
    id: "console",
    secret: "a-secret-of-the-test-setting-only",
    redirectUris: [`${url}/console/callback`],
  };
  login = await startOperatorLogin({ client, operators: operatorsAt });
  const provider = discovery(new URL(login.issuer), client.id, client.secret, undefined, {
    execute: [allowInsecureRequests],
  });
  consoleRoutes(server, {
    pool: registry.pool,
    sealer,
    issuer,
    clock: () => new Date(),
    certificate: { reread: async () => {}, startCampaign: async () => {} },
    log: { warn: () => {} },
    operatorRule: { operators: keys.map(({ operator }) => operator), needed: 2 },
    notification: { transmit: async (jti) => void transmitted.push(jti) },
    settings: {
      origin: url,
      roles: { claim: "roles", subjects: {} },
      sessionSeconds: 600,
      temporalUi: { url: "http://temporal.example", namespace: "kazasu" },
      countsMs: 50,
    },
    provider: () => provider,
    generations: async () => [],
    lastCheckpoint: async () => undefined,
    pageFolder: undefined,
  });
  await server.listen({ host: "127.0.0.1", port });
});
afterAll(async () => {
  await server?.close();
  await login?.close();
  await registry?.close();
});

async function freePort(): Promise<number> {
  const probe = Fastify();
  const address = await probe.listen({ host: "127.0.0.1", port: 0 });
  await probe.close();
  return Number(new URL(address).port);
}

async function newKey(name: string) {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const { kty, crv, x, y } = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint({ kty: kty!, crv: crv!, x: x!, y: y! });
  return { operator: { name, jwk: { kty, crv, x, y, kid } } as OperatorKey, key: { kid, privateKey } };
}

async function as(name: string): Promise<Browser> {
  const browser = new Browser(url);
  await browser.logIn(name);
  return browser;
}

const lines = async (act: string, subject: string) =>
  (
    await registry.pool.query<{ detail: Record<string, unknown> }>(
      "select detail from audit_lines where act = $1 and subject = $2 order by id",
      [act, subject],
    )
  ).rows.map(({ detail }) => detail);

const totals = async (browser: Browser) => {
  const { counts } = (await browser.get("/counts")).body as {
    counts: { lifecycle: string; state: string; count: number }[];
  };
  return Object.fromEntries(counts.map(({ lifecycle, state, count }) => [`${lifecycle} ${state}`, count]));
};

describe("who may in", () => {
  test("ok/by the provider, with a cookie that scripts and other sites do not get, and a line in the audit log", async () => {
    const browser = new Browser(url);
    const back = await browser.logIn("vera");
    expect(back.headers.get("location")).toBe("/console/");
    const cookie = back.headers.getSetCookie().find((set) => set.includes("session"));
    expect(cookie).toMatch(/^__Host-.*; Path=\/;.*; HttpOnly; Secure; SameSite=Lax$/);
    expect(await browser.get("/session")).toMatchObject({
      status: 200,
      body: { operator: "vera", roles: ["viewer"] },
    });
    expect(await lines("operator-logged-in", "vera")).toEqual([{ roles: "viewer" }]);
    const { rows } = await registry.pool.query("select token_sha256 from operator_sessions");
    expect(cookie).not.toContain(rows[0].token_sha256.toString("base64url"));
  });

  test.each(["nobody", "stranger"])("fail/%s has no role here: no session, and a line", async (name) => {
    const browser = new Browser(url);
    expect((await browser.logIn(name)).status).toBe(403);
    expect((await browser.get("/counts")).body.code).toBe("OPERATOR_LOGIN_REQUIRED");
    expect(await lines("operator-login-refused", name)).toHaveLength(1);
  });

  test("fail/a callback of another browser, and one that is taken twice", async () => {
    const [victim, thief] = [new Browser(url), new Browser(url)];
    const begun = await victim.fetch(`${url}/console/login`);
    const state = new URL(begun.headers.get("location")!).searchParams.get("state");
    const callback = `${url}/console/callback?code=x&state=${state}`;
    expect((await thief.fetch(callback)).status).toBe(403);
    expect((await victim.fetch(callback)).status).toBe(403);
    expect((await victim.fetch(callback)).status).toBe(403);
  });

  test("fail/an ended session", async () => {
    const browser = await as("vera");
    expect((await browser.post("/logout", {})).status).toBe(200);
    expect((await browser.get("/counts")).status).toBe(401);
  });
});

describe("what may be done", () => {
  test("fail/a write without the token, with another session's, or from another site", async () => {
    const [olga, otto] = [await as("olga"), await as("otto")];
    const path = `/persons/${person.personId}/reveal`;
    const body = { reason: "complaint", record: "case-csrf" };
    for (const headers of [
      { "x-kazasu-csrf": "" },
      { "x-kazasu-csrf": otto.csrf },
      { origin: "https://evil.example" },
    ] as Record<string, string>[])
      expect((await olga.post(path, body, headers)).body.code).toBe("CSRF_REFUSED");
    expect(await lines("attributes-revealed", person.personId)).toEqual([]);
  });

  test.each(["vera", "anna", "ada"])("fail/%s does not replay, reveal or propose", async (name) => {
    const browser = await as(name);
    for (const path of [
      `/persons/${person.personId}/reveal`,
      `/deliveries/${randomUUID()}/replay`,
      "/operations",
    ])
      expect((await browser.post(path, {})).body.code).toBe("OPERATOR_MAY_NOT");
  });

  test("ok/the audit log is for auditors", async () => {
    expect((await (await as("ada")).get("/audit-lines?limit=2")).body.rows).toHaveLength(2);
    expect((await (await as("olga")).get("/audit-lines")).body.code).toBe("OPERATOR_MAY_NOT");
  });

  test("ok/a reveal is on record with who, why and the case before anything is shown", async () => {
    const olga = await as("olga");
    const path = `/persons/${person.personId}/reveal`;
    expect((await olga.post(path, { reason: "curiosity", record: "x" })).status).toBe(400);
    const shown = await olga.post(path, { reason: "complaint", record: "case-7" });
    expect(shown.body).toMatchObject({ name: firstAnchor.name, version: 2 });
    const line = { by: "olga", reason: "complaint", record: "case-7", version: 2 };
    expect(await lines("attributes-revealed", person.personId)).toEqual([line]);
  });

  test("ok/a delivery that got stuck is listed and handed over again, with who asked", async () => {
    const jti = randomUUID();
    await addSecurityEvent(registry.pool, { jti, partyId: person.partyId, event: "urn:x", claims: {} });
    await registry.pool.query("update security_events set state = 'dead-lettered' where jti = $1", [jti]);
    const olga = await as("olga");
    expect((await olga.get("/deliveries?which=dead-lettered")).body.rows).toMatchObject([{ jti }]);
    expect((await olga.post(`/deliveries/${jti}/replay`, {})).status).toBe(200);
    expect(transmitted).toEqual([jti]);
    expect(await lines("replay-asked", jti)).toEqual([{ by: "olga" }]);
  });

  test("fail/one person alone: neither the proposer, nor one twice, nor one key twice; two do it", async () => {
    const target = await makePerson(registry.pool);
    const id = randomUUID();
    const statement = JSON.stringify({
      act: "revoke",
      id,
      issuer,
      record: "case-8",
      target: { enrolmentId: target.phone.enrolmentId },
      reason: "keyCompromise",
    });
    const [otto, anna, axel] = [await as("otto"), await as("anna"), await as("axel")];
    const [first, second] = await Promise.all(
      keys.map(({ key }) => signApproval(statement, key, new Date())),
    );
    expect((await otto.post("/operations", { statement })).body).toEqual({ id });
    const path = `/operations/${id}/approve`;
    const refused = { code: "OPERATION_NOT_APPROVED" };
    expect((await otto.post(path, { approval: first })).body).toMatchObject(refused);
    expect((await anna.post(path, { approval: first })).body).toMatchObject({ approvals: 1, done: false });
    expect((await anna.post(path, { approval: second })).body).toMatchObject(refused);
    expect((await axel.post(path, { approval: first })).body).toMatchObject(refused);
    expect((await anna.get("/operations")).body.rows).toMatchObject([{ id, approvedBy: ["anna"] }]);
    expect((await axel.post(path, { approval: second })).body).toMatchObject({ approvals: 2, done: true });
    expect((await anna.get("/operations")).body.rows).toEqual([]);
    expect(await lines("operation-approval-given", id)).toMatchObject([{ by: "anna" }, { by: "axel" }]);
    const { rows } = await registry.pool.query("select state from enrolments where id = $1", [
      target.phone.enrolmentId,
    ]);
    expect(rows).toEqual([{ state: "revoked" }]);
  });
});

describe("what is seen", () => {
  test("ok/counts follow each move, folded or not, and one row's state as often as it changes", async () => {
    const vera = await as("vera");
    const before = await totals(vera);
    const added = await makePerson(registry.pool);
    await foldMoves(registry.pool);
    const between = await totals(vera);
    expect(between["issuance active"]).toBe((before["issuance active"] ?? 0) + 1);
    await registry.pool.query("update enrolments set state = 'ended' where id = $1", [
      added.phone.enrolmentId,
    ]);
    const after = await totals(vera);
    expect(after["issuance active"]).toBe(before["issuance active"]);
    expect(after["issuance ended"]).toBe((before["issuance ended"] ?? 0) + 1);
  });

  test("ok/live: a change arrives without asking again", async () => {
    const vera = await as("vera");
    const abort = new AbortController();
    const response = await vera.fetch(`${url}/console/api/counts/live`, { signal: abort.signal });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toContain("event: counts");
    await registry.pool.query("update consents set state = 'withdrawn' where id = $1", [person.consentId]);
    let heard = "";
    while (!/"consent","state":"withdrawn"/.test(heard)) heard += (await reader.read()).value ?? "";
    abort.abort();
  });

  test("ok/lists and timelines page by page, each row once", async () => {
    const vera = await as("vera");
    for (const path of ["/lifecycles?limit=1", `/persons/${person.personId}/timeline?limit=2`]) {
      const whole = (await vera.get(path.replace(/limit=\d/, "limit=200"))).body.rows as object[];
      const seen: object[] = [];
      for (let cursor: unknown = ""; cursor !== undefined; ) {
        const page = await vera.get(cursor === "" ? path : `${path}&before=${cursor as string}`);
        expect(page.status).toBe(200);
        seen.push(...(page.body.rows as object[]));
        cursor = page.body.cursor;
      }
      expect(whole.length).toBeGreaterThan(1);
      expect(seen).toEqual(whole);
    }
  });

  test("ok/found by id, serial and party; the certificate says where it stands, and where Temporal shows it", async () => {
    const vera = await as("vera");
    const { personId, partyId, phone } = person;
    const found = async (q: string) => (await vera.get(`/search?q=${encodeURIComponent(q)}`)).body.found;
    expect(await found(phone.enrolmentId)).toEqual([{ kind: "enrolment", id: phone.enrolmentId, personId }]);
    expect(await found(partyId)).toEqual([{ kind: "party", id: partyId, personId: null }]);
    expect(await found("' or true --\0")).toEqual([]);
    const { rows } = await registry.pool.query(
      "select serial from issuance_intents where enrolment_id = $1",
      [phone.enrolmentId],
    );
    const { serial } = rows[0];
    expect(await found(serial)).toEqual([{ kind: "certificate", id: serial, personId }]);
    expect((await vera.get(`/certificates/${serial}`)).body).toMatchObject({
      personId,
      temporal: expect.stringContaining(encodeURIComponent(`certificate/${phone.enrolmentId}`)),
    });
    expect((await vera.get("/health")).body).toMatchObject({ crls: [], checkpoint: null });
  });

  test("fail/limits beyond a page, and cursors that are none", async () => {
    const vera = await as("vera");
    for (const path of [
      "/lifecycles?limit=100000",
      "/lifecycles?before=1_x",
      "/lifecycles?before=x",
      "/persons/x/timeline",
    ])
      expect((await vera.get(path)).status).toBe(400);
  });
});
