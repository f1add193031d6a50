import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type CryptoKey, importJWK } from "jose";
import { eventTypes } from "../../protocol/events.ts";
import type { AboutParty, OwnEvents } from "../../protocol/own-interface.ts";
import { addSecurityEvent } from "../../registry/notification/security-events.ts";
import { PartyCaller } from "../unit/openid/party-caller.ts";
import { startReceiver } from "./party.ts";
import { eventually } from "./resident.ts";
import { pool, stack } from "./stack.ts";

/** `kazasu party`, as an operator and as a party's developer run it. */

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kazasu-party-commands-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const run = promisify(execFile);
/** Runs a command with these variables and no others of the engine. */
async function kazasu<T>(environment: Record<string, string>, ...args: string[]): Promise<T> {
  const env = { PATH: process.env["PATH"] ?? "", ...environment };
  const { stdout } = await run(process.execPath, ["bin/kazasu.mjs", "party", ...args], { env });
  return JSON.parse(stdout) as T;
}
const refusal = (error: { stderr?: string }): string => error.stderr ?? "";

test("ok/registered with the database alone; then keys, a test event, a replay, roots and CRLs by the client's key", async () => {
  const id = `party-${randomUUID()}`;
  const key = join(directory, "client.jwk");
  const registration = ["add", "--id", id, "--name-ja", "試験", "--name-en", "Test", "--make-key", key];
  const added = await kazasu<{ issuer: string; clientId: string }>(
    { DATABASE_URL: stack.postgres, KAZASU_SETTING: "test", KAZASU_PUBLIC_URL: stack.gateway },
    ...registration,
  );
  expect(added).toMatchObject({ clientId: id, issuer: `${stack.gateway}/openid` });
  const as = (file: string) => ({
    KAZASU_PARTY_ISSUER: added.issuer,
    KAZASU_PARTY_CLIENT: added.clientId,
    KAZASU_PARTY_KEY: file,
  });

  const { generations, ocsp } = await kazasu<AboutParty>(as(key), "info");
  expect(ocsp).toMatch(/^http:/);
  for (const { root, issuing, rootCrl, crls } of generations) {
    for (const { url, sha256 } of [root, issuing]) {
      const der = Buffer.from(await (await fetch(url)).arrayBuffer());
      expect(createHash("sha256").update(der).digest("hex")).toBe(sha256);
    }
    for (const url of [rootCrl, ...crls]) expect((await fetch(url)).status).toBe(200);
  }
  expect(generations.length).toBeGreaterThan(0);

  const next = join(directory, "next.jwk");
  await kazasu({}, "keys", "make", next);
  await kazasu(as(key), "keys", "add", next);
  const { kid } = JSON.parse(await readFile(key, "utf8")) as { kid: string };
  await kazasu(as(next), "keys", "remove", kid);
  await expect(kazasu(as(key), "info").catch(refusal)).resolves.toContain("invalid_client");

  const jwk = JSON.parse(await readFile(next, "utf8"));
  const privateKey = (await importJWK(jwk, "ES256")) as CryptoKey;
  const caller = new PartyCaller({
    url: stack.gateway,
    partyId: id,
    clientId: id,
    key: { kid: jwk.kid, privateKey },
  });
  const receiver = await startReceiver();
  try {
    const delivery = { method: "urn:ietf:rfc:8935", endpoint_url: receiver.url };
    expect((await caller.call("POST", "/ssf/streams", { delivery })).status).toBe(201);
    expect(await kazasu(as(next), "streams", "show")).toMatchObject({ status: "enabled", delivery });
    await kazasu(as(next), "streams", "test", "--state", "hello");
    await eventually(async () => receiver.received[0]);

    receiver.plays.status = 503;
    const jti = randomUUID();
    const event = { jti, partyId: id, event: eventTypes.credentialChange, subject: "somebody", claims: {} };
    await addSecurityEvent(pool, event);
    await pool.query("update security_events set state = 'dead-lettered' where jti = $1", [jti]);
    await kazasu(as(next), "replay", jti);
    const retried = await eventually(async () => {
      const { events } = await kazasu<OwnEvents>(as(next), "events");
      return events.find((each) => each.jti === jti && each.nextAttemptAt !== undefined);
    });
    expect(retried).toMatchObject({ state: "pending", lastError: "PARTY_UNREACHABLE" });
    receiver.plays.status = 202;
    await eventually(async () => {
      const { events } = await kazasu<OwnEvents>(as(next), "events", "--state", "delivered");
      return events.find((each) => each.jti === jti);
    });
    expect(await kazasu(as(next), "reads")).toEqual({ reads: [] });
  } finally {
    await receiver.close();
  }
});
