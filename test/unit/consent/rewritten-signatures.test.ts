import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import Fastify, { type FastifyInstance } from "fastify";
import { signConsentChange, withdrawalOf } from "../../../client/app/consent-change.ts";
import { listConsents } from "../../../client/app/consent-list.ts";
import { Gateway } from "../../../client/app/gateway.ts";
import { onError } from "../../../gateway/problems.ts";
import { consentRoutes } from "../../../gateway/routes/consents.ts";
import { issuer, sealer } from "../notification/people.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";
import { makeWorld, type Person, type World } from "./world.ts";

/** A message is the same message however its signature is written: an old grant undoes no withdrawal. */

let registry: TestRegistry;
let server: FastifyInstance;
let gateway: Gateway;
let world: World;
let person: Person;

beforeAll(async () => {
  registry = await startTestRegistry();
  server = Fastify();
  server.setErrorHandler(onError);
  consentRoutes(server, {
    pool: registry.pool,
    sealer,
    issuer,
    answerMs: 1_000,
    clock: () => new Date(),
    pushConsents: async () => {},
    consent: { change: ({ changeId }) => world.activities.applyChange({ changeId }) },
  });
  gateway = new Gateway(await server.listen({ host: "127.0.0.1", port: 0 }));
});
afterAll(async () => {
  await server?.close();
  await registry?.close();
});
beforeEach(async () => {
  world = await makeWorld(registry.pool);
  person = await world.newPerson();
});

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** ECDSA: with (r, s) goes (r, n − s). */
function negated(jws: string): string {
  const [header, payload, signature = ""] = jws.split(".");
  const bytes = Buffer.from(signature, "base64url");
  const s = order - BigInt(`0x${bytes.subarray(32).toString("hex")}`);
  const other = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, "0"), "hex")]);
  return [header, payload, other.toString("base64url")].join(".");
}

/** 64 bytes leave four bits of the last base64url character unused. */
function withUnusedBits(jws: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return jws.slice(0, -1) + alphabet[alphabet.indexOf(jws.at(-1) ?? "") ^ 1];
}

test.each([
  ["the same bytes", (jws: string) => jws],
  ["s as n - s", negated],
  ["other unused bits at its end", withUnusedBits],
])("fail/a grant sent again after the withdrawal, its signature with %s", async (_, rewritten) => {
  const message = await signConsentChange(person.phone, {
    act: "grant",
    kind: "disclosure",
    attributes: ["address"],
    notice: world.notices.disclosure,
  });
  await gateway.changeConsent(message);
  const [given] = await listConsents(gateway, person.phone);
  await gateway.changeConsent(await signConsentChange(person.phone, withdrawalOf(given!)));
  await gateway.changeConsent({ message: rewritten(message.message) });
  const consents = await listConsents(gateway, person.phone);
  expect(consents.map(({ state }) => state)).toEqual(["withdrawn"]);
});
