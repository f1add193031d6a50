import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import Fastify, { type FastifyInstance } from "fastify";
import { exportJWK, generateKeyPair } from "jose";
import { Gateway } from "../../client/app/gateway.ts";
import { answerLogin, openLogin } from "../../client/app/login.ts";
import { consoleRoutes } from "../../gateway/console/routes.ts";
import { useCookies } from "../../gateway/cookie.ts";
import { onError } from "../../gateway/problems.ts";
import { useSecurityHeaders } from "../../gateway/security-headers.ts";
import { registerPartyClient } from "../../registry/party/clients.ts";
import { registerParty } from "../../registry/party/parties.ts";
import { Sealer } from "../../registry/sealing.ts";
import { readConfiguration } from "../../workers/configuration.ts";
import { consoleParts } from "../../workers/console-parts.ts";
import { read } from "./bank-login.ts";
import { Browser } from "./browser.ts";
import { Resident } from "./resident.ts";
import { pool, stack } from "./stack.ts";

/** An operator logs in at the console with phone and key, through this engine's own OpenID provider (FAPI 2.0). */

const partyId = `operators-${randomUUID()}`;
const clientId = `console-${randomUUID()}`;
let folder: string;
let server: FastifyInstance;
let origin: string;
let operator: Resident;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kazasu-own-"));
  server = Fastify();
  server.setErrorHandler(onError);
  const probe = Fastify();
  origin = new URL(await probe.listen({ host: "127.0.0.1", port: 0 })).origin;
  await probe.close();
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const kid = "console";
  const key = join(folder, "key.json");
  await writeFile(key, JSON.stringify({ ...(await exportJWK(privateKey)), kid }), { mode: 0o600 });
  await registerParty(pool, {
    id: partyId,
    name: { ja: "運用", en: "Operations" },
    apps: [{ id: `${partyId}-app`, attestation: "optional" }],
  });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: "ES256" };
  const redirectUris = [`${origin}/console/callback`];
  await registerPartyClient(pool, { id: clientId, partyId, jwks: { keys: [jwk] }, redirectUris });
  operator = await Resident.enrolled({ agree: ["terms"], party: partyId });
  const roles = join(folder, "roles.yaml");
  await writeFile(roles, JSON.stringify({ [operator.subject]: ["viewer"] }));
  const configuration = readConfiguration({
    DATABASE_URL: stack.postgres,
    TEMPORAL_ADDRESS: stack.temporal,
    TEMPORAL_NAMESPACE: stack.namespace,
    KAZASU_SETTING: "test",
    KAZASU_KEYS: join(stack.directory, "keys"),
    KAZASU_JOURNAL: folder,
    KAZASU_CHECKPOINTS: folder,
    KAZASU_TEST_ANCHORS: join(stack.directory, "test-anchors.pem"),
    KAZASU_JLIS_URL: stack.jlis,
    KAZASU_PUBLIC_URL: origin,
    KAZASU_CRL_URL: stack.crl,
    KAZASU_OCSP_URL: stack.ocsp,
    KAZASU_CONSOLE_ISSUER: `${stack.gateway}/openid`,
    KAZASU_CONSOLE_CLIENT_ID: clientId,
    KAZASU_CONSOLE_KEY_FILE: key,
    KAZASU_CONSOLE_ROLES: roles,
  });
  const clock = () => new Date();
  const parts = await consoleParts(configuration, clock);
  if (!parts) throw new Error("The configuration has no console.");
  await useSecurityHeaders(server, origin);
  await useCookies(server);
  consoleRoutes(server, {
    ...parts,
    pool,
    clock,
    issuer: "kazasu",
    secret: randomBytes(32),
    sealer: new Sealer({ current: "k", keys: new Map([["k", randomBytes(32)]]) }),
    certificate: { reread: async () => {}, startCampaign: async () => {} },
    notification: { transmit: async () => {} },
    consent: { change: async () => ({ kind: "unanswered" }) },
    answerMs: 1_000,
    operatorRule: undefined,
    log: { warn: () => {} },
  });
  await server.listen({ host: "127.0.0.1", port: Number(new URL(origin).port) });
});
afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

test("ok/with phone and device key, and the roles that the pairwise subject has", async () => {
  const browser = new Browser();
  const redirected = await browser.open(`${origin}/console/login`);
  expect(redirected.url).toMatch(new RegExp(`^${stack.gateway}/openid/.*request_uri=`));
  const page = await browser.open(redirected.url);
  const gateway = new Gateway(stack.gateway);
  const login = await openLogin(gateway, operator.enrolment, { link: read(page).here });
  const { returnTo = "" } = await answerLogin(gateway, operator.enrolment, login, { decision: "approve" });
  const back = await browser.open(returnTo);
  expect(back.url).toMatch(new RegExp(`^${origin}/console/callback\\?`));
  await browser.open(back.url);
  const session = await browser.open(`${origin}/console/api/session`);
  expect(JSON.parse(session.text)).toMatchObject({ operator: operator.subject, roles: ["viewer"] });
});
