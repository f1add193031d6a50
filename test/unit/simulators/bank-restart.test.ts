import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startBank } from "../../../simulators/bank/server.ts";
import { startTestAuthority } from "./bank-authority.ts";
import { openBank, taro, until } from "./bank-opening.ts";
import { startTestPostgres, type TestPostgres } from "./bank-postgres.ts";
import { call } from "./jlis-client.ts";

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres?.close());

test("ok/an event stored by a bank that ended is processed after a restart, under the same key and stream", async () => {
  const directory = await mkdtemp(join(tmpdir(), "bank-"));
  const database = await postgres.database();
  const first = await openBank(database, { directory });
  const { authority } = first;
  const { subject, consentId } = await first.customer();
  authority.consents.set(consentId, {
    sub: subject,
    anchorVersion: 2,
    attributes: { ...taro, address: "B" },
  });
  // Stored and accepted, but the values cannot be had before the bank ends.
  const failures = Array.from({ length: 1_000 }, () => ({
    path: "/v1/attributes",
    status: 503,
    code: "TRY_AGAIN",
  }));
  authority.troubles.push(...failures);
  expect((await authority.push(await authority.changed(consentId, subject, 2))).status).toBe(202);
  await first.bank.close();
  await authority.settled();
  authority.troubles.length = 0;
  expect(authority.acknowledged).toEqual([]);

  const second = await openBank(database, { directory, authority });
  try {
    expect(second.bank.publicJwks).toEqual(first.bank.publicJwks);
    expect((await stat(join(directory, "secrets.json"))).mode & 0o777).toBe(0o600);
    await until(() => authority.acknowledged.length === 1);
    expect((await second.ask("GET", `/accounts/${subject}`)).body).toMatchObject({
      address: "B",
      anchorVersion: 2,
    });
    expect(authority.seen.streamWrites).toEqual(["POST", "PATCH"]);
  } finally {
    await second.close();
    await rm(directory, { recursive: true });
  }
});

test("ok/an acknowledgement that was not sent before the end is sent by the next bank, once", async () => {
  const directory = await mkdtemp(join(tmpdir(), "bank-"));
  const database = await postgres.database();
  const first = await openBank(database, { directory });
  const { authority } = first;
  const { subject, consentId } = await first.customer();
  authority.consents.set(consentId, {
    sub: subject,
    anchorVersion: 2,
    attributes: { ...taro, address: "B" },
  });
  authority.troubles.push(
    ...Array.from({ length: 1_000 }, () => ({
      path: "/v1/acknowledgements",
      status: 503,
      code: "TRY_AGAIN",
    })),
  );
  await authority.push(await authority.changed(consentId, subject, 2));
  await until(async () => (await first.ask("GET", `/accounts/${subject}`)).body.anchorVersion === 2);
  await first.bank.close();
  await authority.settled();
  authority.troubles.length = 0;

  const second = await openBank(database, { directory, authority });
  try {
    await until(
      async () =>
        (await second.ask("GET", `/accounts/${subject}`)).body.acknowledgements[0]?.state === "sent",
    );
    expect(authority.acknowledged).toEqual([{ consentId, anchorVersion: 2, outcome: "applied" }]);
  } finally {
    await second.close();
    await rm(directory, { recursive: true });
  }
});

test("ok/a bank that starts before the CA connects when the CA is there", async () => {
  const directory = await mkdtemp(join(tmpdir(), "bank-"));
  const authority = await startTestAuthority();
  const lines: string[] = [];
  const bank = await startBank({
    directory,
    databaseUrl: await postgres.database(),
    gateway: authority.url,
    retryEveryMs: 5,
    log: (line) => lines.push(line),
  });
  try {
    // The CA does not know the bank's key yet.
    expect((await call(bank.url, "GET", "/control/connection")).body).toEqual({ connected: false });
    expect(await call(bank.url, "POST", "/control/connect")).toMatchObject({
      status: 502,
      body: { error: "NOT_CONNECTED" },
    });
    const { pushAuthorization } = JSON.parse(await readFile(join(directory, "secrets.json"), "utf8"));
    const early = await fetch(`${bank.url}/events`, {
      method: "POST",
      headers: { "content-type": "application/secevent+jwt", authorization: pushAuthorization },
      body: await authority.sign({ events: { "urn:a": {} } }),
    });
    expect(early.status).toBe(503); // whose events it takes is not agreed yet
    await until(() => lines.length > 0);
    expect(lines).toEqual([expect.stringMatching(/^ABC Bank cannot connect to the CA, and keeps trying/)]);
    authority.tokens.register(bank.publicJwks);
    await until(async () => (await call(bank.url, "GET", "/control/connection")).body.verifiedAt != null);
  } finally {
    await bank.close();
    await authority.close();
    await rm(directory, { recursive: true });
  }
});

test("ok/events are polled, kept before they are acknowledged, and acknowledged with the next poll", async () => {
  const opening = await openBank(await postgres.database(), { method: "poll" });
  const { authority, ask } = opening;
  try {
    expect(authority.state.stream?.delivery).toMatchObject({ method: "urn:ietf:rfc:8936" });
    const { subject, consentId } = await opening.customer();
    authority.consents.set(consentId, {
      sub: subject,
      anchorVersion: 2,
      attributes: { ...taro, address: "B" },
    });
    const jti = authority.offer(await authority.changed(consentId, subject, 2));
    await until(() => authority.acknowledged.length === 1);
    await until(() => !authority.pollable.has(jti));
    expect((await ask("GET", `/accounts/${subject}`)).body.address).toBe("B");
    expect(authority.seen.polls.filter(({ ack }) => (ack as string[]).includes(jti))).toEqual([
      expect.objectContaining({ returnImmediately: true, setErrs: {} }),
    ]);
    expect(authority.seen.polls[0]).toMatchObject({ returnImmediately: false, ack: [] });
  } finally {
    await opening.close();
  }
});

test("fail/a polled token of another issuer is reported and not kept; a bank that is down polls nothing", async () => {
  const opening = await openBank(await postgres.database(), { method: "poll" });
  const { authority, ask } = opening;
  try {
    const wrong = await authority.sign({ aud: "urn:kazasu:party:another", events: { "urn:a": {} } });
    const jti = authority.offer(wrong);
    authority.offer(await authority.sign({ events: { "urn:a": {} } }), "another-jti");
    await until(() => authority.pollable.size === 0);
    const errors = Object.assign({}, ...authority.seen.polls.map(({ setErrs }) => setErrs));
    expect(errors[jti]).toMatchObject({ err: "invalid_audience" });
    expect(errors["another-jti"]).toMatchObject({ err: "invalid_request" });
    const listed = async () => (await ask("GET", "/events")).body as { event: string }[];
    const kept = await listed();
    expect(kept.filter(({ event }) => event === "urn:a")).toEqual([]);

    await ask("POST", "/control/faults", { down: true });
    const offerAnother = async () => authority.offer(await authority.sign({ events: { "urn:late": {} } }));
    const polls = authority.seen.polls.length;
    await offerAnother();
    await offerAnother();
    // One poll may have been under way, and may bring them at any moment; none follows it.
    await listed();
    expect(authority.seen.polls.length).toBeLessThanOrEqual(polls + 1);
    await ask("DELETE", "/control/faults");
    await until(async () => (await listed()).length === kept.length + 2);
  } finally {
    await opening.close();
  }
});
