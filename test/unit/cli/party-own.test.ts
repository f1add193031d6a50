import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { exportJWK, generateKeyPair } from "jose";
import { main } from "../../../cli/main.ts";
import { eventTypes } from "../../../protocol/events.ts";
import { addSecurityEvent } from "../../../registry/notification/security-events.ts";
import { registerPartyClient } from "../../../registry/party/clients.ts";
import { type PartyGateway, startPartyGateway } from "../openid/party-gateway.ts";

let gateway: PartyGateway;
let directory: string;
beforeAll(async () => {
  gateway = await startPartyGateway();
  directory = await mkdtemp(join(tmpdir(), "kazasu-own-"));
});
afterAll(async () => {
  await gateway?.close();
  await rm(directory, { recursive: true, force: true });
});

/** Runs a command; its answer, and what it says on stderr. */
async function run(...args: string[]): Promise<{ code: number; answer: unknown; said: string }> {
  const printed: string[] = [];
  const said: string[] = [];
  const log = jest.spyOn(console, "log").mockImplementation((line: string) => void printed.push(line));
  const stderr = jest.spyOn(process.stderr, "write").mockImplementation((text) => {
    said.push(String(text));
    return true;
  });
  try {
    const code = await main(["party", ...args]);
    return {
      code,
      answer: printed[0] === undefined ? undefined : JSON.parse(printed.join("\n")),
      said: said.join(""),
    };
  } finally {
    log.mockRestore();
    stderr.mockRestore();
  }
}

/** A party whose client has a key that `party keys make` made; its credentials as options. */
async function newParty() {
  const { partyId, clientId } = await gateway.party();
  const key = join(directory, randomUUID());
  const { answer } = await run("keys", "make", key);
  await registerPartyClient(gateway.registry.pool, { id: clientId, partyId, jwks: answer as never });
  const as = (file: string) => ["--issuer", `${gateway.url}/openid`, "--client", clientId, "--key", file];
  return {
    partyId,
    clientId,
    key,
    kid: (answer as { keys: { kid: string }[] }).keys[0]!.kid,
    as,
    options: as(key),
  };
}

async function deadLetters(partyId: string, count: number): Promise<string[]> {
  const jtis = Array.from({ length: count }, () => randomUUID());
  for (const jti of jtis)
    await addSecurityEvent(gateway.registry.pool, {
      jti,
      partyId,
      event: eventTypes.credentialChange,
      subject: "somebody",
      claims: {},
    });
  await gateway.registry.pool.query(
    "update security_events set state = 'dead-lettered' where jti = any($1)",
    [jtis],
  );
  return jtis;
}

describe("a party's developer, with the client's key alone", () => {
  test("ok/info: who the party is, and where everything of the CA is", async () => {
    const { partyId, clientId, options } = await newParty();
    expect(await run("info", ...options)).toMatchObject({
      code: 0,
      answer: { party: partyId, client: clientId, issuers: { oidc: `${gateway.url}/oidc` } },
    });
  });

  test("ok/keys: a new one is added, used, and the old one removed with it", async () => {
    const { kid, as, options } = await newParty();
    const next = join(directory, randomUUID());
    await run("keys", "make", next);
    const file = JSON.parse(await readFile(next, "utf8"));
    expect(
      await run("keys", "add", next, "--expires", "2099-01-01T09:00:00+09:00", ...options),
    ).toMatchObject({
      code: 0,
      answer: { keys: [{ kid }, { kid: file.kid, expiresAt: "2099-01-01T00:00:00.000Z" }] },
    });
    expect(await run("keys", "expire", file.kid, "--at", "never", ...options)).toMatchObject({ code: 0 });
    expect(await run("keys", "remove", kid, ...options)).toMatchObject({
      code: 1,
      said: expect.stringContaining("CLIENT_KEY_NEEDED"),
    });
    expect(await run("keys", "remove", kid, ...as(next))).toMatchObject({
      code: 0,
      answer: { keys: [{ kid: file.kid, current: true }] },
    });
    expect(await run("keys", "list", ...options)).toMatchObject({
      code: 1,
      said: expect.stringContaining("Check --client, and that the public part of --key"),
    });
    expect(await run("keys", "expire", "unknown", "--at", "never", ...as(next))).toMatchObject({
      code: 1,
      said: expect.stringContaining("no key unknown"),
    });
  });

  test("ok/events and replay: one, and all of a time range", async () => {
    const { partyId, options } = await newParty();
    const jtis = await deadLetters(partyId, 102);
    const page = await run("events", "--state", "dead-lettered", "--limit", "1", ...options);
    const { events, next } = page.answer as { events: object[]; next: string };
    expect(events).toHaveLength(1);
    expect(await run("events", "--state", "dead-lettered", "--after", next, ...options)).toMatchObject({
      code: 0,
    });
    expect(await run("replay", jtis[0]!, ...options)).toMatchObject({
      answer: { jtis: [jtis[0]], more: false },
    });
    const from = "2020-01-01T00:00:00Z";
    expect(await run("replay", "--from", from, ...options)).toMatchObject({
      answer: { replayed: 101, jtis: jtis.slice(1) },
    });
    expect(await run("replay", ...options)).toMatchObject({
      code: 1,
      said: expect.stringContaining("--from"),
    });
    expect(await run("replay", "--from", "yesterday", ...options)).toMatchObject({
      code: 1,
      said: expect.stringContaining("ISO 8601"),
    });
  });

  test("ok/reads, and streams: settings, status and a test event", async () => {
    const { partyId, options } = await newParty();
    expect(await run("reads", "--sub", "nobody", ...options)).toMatchObject({
      code: 0,
      answer: { reads: [] },
    });
    expect(await run("streams", "show", ...options)).toMatchObject({
      code: 1,
      said: expect.stringContaining("no stream yet"),
    });
    await gateway.registry.pool.query(
      `insert into streams (id, party_id, method, events_requested, alg) values ($1, $2, 'poll', '{}', 'ES256')`,
      [randomUUID(), partyId],
    );
    expect(await run("streams", "show", ...options)).toMatchObject({ answer: { status: "enabled" } });
    const before = gateway.transmitted.length;
    expect(await run("streams", "test", "--state", "hello", ...options)).toMatchObject({
      answer: { sent: true },
    });
    expect(gateway.transmitted).toHaveLength(before + 1);
  });

  test("ok/configured by environment", async () => {
    const { partyId, clientId, key } = await newParty();
    process.env["KAZASU_PARTY_ISSUER"] = `${gateway.url}/openid`;
    process.env["KAZASU_PARTY_CLIENT"] = clientId;
    process.env["KAZASU_PARTY_KEY"] = key;
    try {
      expect(await run("info")).toMatchObject({ answer: { party: partyId } });
    } finally {
      for (const name of ["ISSUER", "CLIENT", "KEY"]) delete process.env[`KAZASU_PARTY_${name}`];
    }
  });
});

describe("a mistake of the developer is told, with what to change", () => {
  const fails = async (args: string[]) => {
    const { code, said, answer } = await run(...args);
    expect([code, answer]).toEqual([1, undefined]);
    return said;
  };

  test("bad/one party's commands with another party's key", async () => {
    const [party, other] = [await newParty(), await newParty()];
    expect(await fails(["keys", "list", ...party.as(other.key)])).toContain("invalid_client");
    const jtis = await deadLetters(party.partyId, 1);
    expect(await fails(["replay", jtis[0]!, ...other.options])).toContain("NOT_FOUND");
    expect(await run("keys", "list", ...party.options)).toMatchObject({ code: 0 });
  });

  test("bad/a client of the issuer oidc, at either issuer", async () => {
    const { clientId } = await gateway.party(undefined, { issuer: "oidc" });
    const { key } = await newParty();
    const credentials = (issuer: string) => [
      "--issuer",
      `${gateway.url}/${issuer}`,
      "--client",
      clientId,
      "--key",
      key,
    ];
    expect(await fails(["info", ...credentials("openid")])).toContain("invalid_client");
    expect(await fails(["info", ...credentials("oidc")])).toContain("ends with /openid");
  });

  test("bad/no file, one that others may read, a public key, and nobody at the issuer", async () => {
    const { as, key, clientId } = await newParty();
    expect(await fails(["info", ...as(join(directory, "none"))])).toContain("There is no file");
    const open = join(directory, "open");
    await writeFile(open, await readFile(key));
    await chmod(open, 0o644);
    expect(await fails(["info", ...as(open)])).toContain("Others may read");
    const publicKey = join(directory, "public");
    const jwk = await exportJWK((await generateKeyPair("ES256")).publicKey);
    await writeFile(publicKey, JSON.stringify({ ...jwk, kid: "k" }), { mode: 0o600 });
    expect(await fails(["info", ...as(publicKey)])).toContain("no private key");
    const nobody = ["--issuer", "http://127.0.0.1:9/openid", "--client", clientId, "--key", key];
    expect(await fails(["info", ...nobody])).toContain("does not answer");
    expect(
      await fails(["info", "--issuer", "http://ca.example/openid", "--client", clientId, "--key", key]),
    ).toMatch(/https|Check --issuer/);
    expect(await fails(["info", "--client", clientId, "--key", key])).toContain("--issuer");
  });

  test("bad/two keys in one file, and what is no key at the CA", async () => {
    const { options } = await newParty();
    const file = join(directory, "two");
    await writeFile(file, JSON.stringify({ keys: [{}, {}] }));
    expect(await fails(["keys", "add", file, ...options])).toContain("2 keys");
    await writeFile(file, JSON.stringify({ kty: "EC", kid: "k", crv: "P-384", x: "AA", y: "AA" }));
    expect(await fails(["keys", "add", file, ...options])).toContain("P-256");
  });
});
