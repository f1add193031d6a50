import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import pino from "pino";
import { publishDueCrls } from "../../../gateway/status/due-crls.ts";
import type { StatusRegistry as WantedRegistry } from "../../../gateway/status/status-registry.ts";
import type { Authorities } from "../../../pki/ca/authorities.ts";
import { newSerial } from "../../../pki/ca/serial.ts";
import { transaction } from "../../../registry/database.ts";
import { StatusRegistry } from "../../../registry/status.ts";
import { openssl, scratchDirectory } from "../ca/openssl.ts";
import { insert, startTestRegistry, type TestRegistry } from "../notification/postgres.ts";
import { twoGenerations } from "./generations.ts";

let scratch: ReturnType<typeof scratchDirectory>;
let authorities: Authorities;
let postgres: TestRegistry;
let registry: WantedRegistry;

beforeAll(async () => {
  scratch = scratchDirectory();
  ({ authorities } = await twoGenerations(join(scratch.path, "ca")));
  postgres = await startTestRegistry();
  registry = new StatusRegistry(postgres.pool);
});
afterAll(async () => {
  await postgres.close();
  scratch.remove();
});
beforeEach(() => postgres.pool.query("truncate issuance_intents, certificates, revocations, crls cascade"));

interface Issued {
  generation?: string;
  shard?: number;
  stored?: boolean;
  notAfter?: Date;
}

/** An intent, and its certificate unless told otherwise, with nothing of the enrolment they would belong to. */
async function issued({
  generation = "g1",
  shard = 0,
  stored = true,
  notAfter,
}: Issued = {}): Promise<string> {
  const [id, serial] = [randomUUID(), newSerial()];
  await transaction(postgres.pool, async (connection) => {
    await connection.query("set local session_replication_role = replica");
    await insert(connection, "issuance_intents", {
      id,
      enrolment_id: id,
      serial,
      tbs: Buffer.of(0),
      profile: "basic",
      profile_hash: "",
      evidence_id: id,
      evidence_sha256: "",
      issuer_key_id: "",
      generation,
      crl_shard: shard,
      spki_sha256: "",
    });
    if (!stored) return;
    const row = { id, enrolment_id: id, serial, der: Buffer.of(0), not_before: new Date() };
    await insert(connection, "certificates", {
      ...row,
      not_after: notAfter ?? new Date(Date.now() + 86_400_000),
    });
  });
  return serial;
}

const revoke = (serial: string, more: Record<string, unknown> = {}) =>
  postgres.pool.query(
    `insert into revocations (serial, generation, crl_shard, reason, revoked_by, revoked_at)
     select serial, generation, crl_shard, $2, 'engine', coalesce($3, now()) from issuance_intents where serial = $1`,
    [serial, more["reason"] ?? "superseded", more["revokedAt"] ?? null],
  );
const publish = (now = new Date()) =>
  publishDueCrls({
    authorities: () => authorities,
    registry,
    clock: () => now,
    crlBase: "http://crl.example",
    validitySeconds: 86_400,
    log: pino({ level: "silent" }),
  });
const serialsOf = (der: Uint8Array): string[] =>
  [...openssl(["crl", "-inform", "DER", "-noout", "-text"], der).matchAll(/Serial Number: ([0-9A-F]+)/g)].map(
    ([, serial]) => serial!.toLowerCase(),
  );

describe("status in the registry", () => {
  test("ok/ good is what is stored, revoked also what is only intended, everything else is not there", async () => {
    const [good, revoked, intended, intendedRevoked] = [
      await issued(),
      await issued({ generation: "g2" }),
      await issued({ stored: false }),
      await issued({ stored: false }),
    ];
    const revokedAt = new Date("2026-01-02T03:04:05Z");
    const hour = new Date("2026-01-02T03:00:00Z");
    for (const serial of [revoked, intendedRevoked])
      await revoke(serial, { reason: "keyCompromise", revokedAt });
    const answer = await registry.statusOfMany([good, revoked, intended, intendedRevoked, newSerial()]);
    expect(Object.fromEntries(answer)).toEqual({
      [good]: { generation: "g1", status: "good" },
      [revoked]: { generation: "g2", status: "revoked", revokedAt: hour, reason: "keyCompromise" },
      [intendedRevoked]: { generation: "g1", status: "revoked", revokedAt: hour, reason: "keyCompromise" },
    });
  });

  test("ok/ the newest serials are those that live longest, without those that ended", async () => {
    const day = 86_400_000;
    const [ended, , second, first] = [
      await issued({ notAfter: new Date(Date.now() - 1) }),
      await issued({ notAfter: new Date(Date.now() + day) }),
      await issued({ notAfter: new Date(Date.now() + 2 * day), generation: "g2" }),
      await issued({ notAfter: new Date(Date.now() + 3 * day) }),
    ];
    expect(await registry.newestSerials(2, new Date())).toEqual([
      { serial: first, generation: "g1" },
      { serial: second, generation: "g2" },
    ]);
    const all = await registry.newestSerials(9, new Date());
    expect(all.map(({ serial }) => serial)).not.toContain(ended);
  });

  test("ok/ recent revocations, by when their transaction began", async () => {
    const [early, late] = [await issued(), await issued({ generation: "g2" })];
    await revoke(early, { revokedAt: new Date(Date.now() - 60_000) });
    await revoke(late);
    expect(await registry.recentRevocations(new Date(Date.now() - 30_000))).toEqual([
      { serial: late, generation: "g2" },
    ]);
  });

  test("ok/ a CRL for every scope, each with its own revocations, numbers from one", async () => {
    const [a, b, c] = [
      await issued({ shard: 3 }),
      await issued({ shard: 3, stored: false }),
      await issued({ generation: "g2", shard: 3 }),
    ];
    for (const serial of [a, b, c]) await revoke(serial);
    const { published } = await publish();
    expect(published).toHaveLength(16);
    expect(new Set(published.map(({ number }) => number))).toEqual(new Set([1]));
    const ofOld = await registry.currentCrl({ generation: "g1", shard: 3 });
    expect(serialsOf(ofOld!.der)).toEqual([a, b].toSorted());
    const ofNew = await registry.currentCrl({ generation: "g2", shard: 3 });
    expect(serialsOf(ofNew!.der)).toEqual([c]);
    expect(serialsOf((await registry.currentCrl({ generation: "g1", shard: 4 }))!.der)).toEqual([]);
  });

  test("ok/ only the scope that moved is made anew", async () => {
    await publish();
    expect(await publish()).toEqual({ published: [] });
    const serial = await issued({ generation: "g2", shard: 5 });
    await revoke(serial);
    expect(await publish()).toEqual({ published: [{ generation: "g2", shard: 5, number: 2 }] });
    expect(await publish()).toEqual({ published: [] });
    const all = await publish(new Date(Date.now() + 43_201_000));
    expect(all.published).toHaveLength(16);
    expect(all.published.find(({ generation, shard }) => generation === "g2" && shard === 5)?.number).toBe(3);
  });

  test("ok/ a revocation that begins before a CRL and commits after it is in the next", async () => {
    const [first, second] = [await issued(), await issued()];
    await publish();
    await transaction(postgres.pool, async (slow) => {
      await slow.query(
        `insert into revocations (serial, generation, crl_shard, reason, revoked_by)
         values ($1, 'g1', 0, 'superseded', 'engine')`,
        [first],
      );
      await revoke(second);
      expect((await publish()).published).toEqual([{ generation: "g1", shard: 0, number: 2 }]);
    });
    expect((await publish()).published).toEqual([{ generation: "g1", shard: 0, number: 3 }]);
    const crl = await registry.currentCrl({ generation: "g1", shard: 0 });
    expect(new Set(serialsOf(crl!.der))).toEqual(new Set([first, second]));
  });

  test("ok/ many at once make each CRL once", async () => {
    const rounds = await Promise.all([publish(), publish(), publish(), publish()]);
    expect(rounds.flatMap(({ published }) => published)).toHaveLength(16);
    const { rows } = await postgres.pool.query("select count(*)::integer as count, max(number) from crls");
    expect(rows).toEqual([{ count: 16, max: "1" }]);
  });

  test("ok/ a CRL of more rows than are read at a time has each of them once", async () => {
    await transaction(postgres.pool, async (connection) => {
      await connection.query("set local session_replication_role = replica");
      await connection.query(
        `insert into revocations (serial, generation, crl_shard, reason, revoked_by)
         select '40' || encode(sha256(n::text::bytea), 'hex')::char(38), 'g1', 7, 'unspecified', 'operator'
         from generate_series(1, 5003) n`,
      );
    });
    await publish();
    const { der } = (await registry.currentCrl({ generation: "g1", shard: 7 }))!;
    const serials = serialsOf(der);
    expect(serials).toHaveLength(5_003);
    expect(new Set(serials).size).toBe(5_003);
  });

  test("fail/ the signer fails: nothing is stored, the lock is free again", async () => {
    const scope = { generation: "g1", shard: 0 };
    await expect(
      registry.publishCrl(scope, () => Promise.reject(new Error("The signer does not answer."))),
    ).rejects.toThrow("signer");
    expect(await registry.currentCrl(scope)).toBeUndefined();
    const made = { der: Uint8Array.of(1), thisUpdate: new Date(), nextUpdate: new Date() };
    expect(await registry.publishCrl(scope, () => Promise.resolve(made))).toBe(1n);
  });

  test("fail/ another process is at it: left to it, without waiting", async () => {
    const scope = { generation: "g1", shard: 1 };
    const made = { der: Uint8Array.of(1), thisUpdate: new Date(), nextUpdate: new Date() };
    const number = await registry.publishCrl(scope, async () => {
      expect(await registry.publishCrl(scope, () => Promise.resolve(made))).toBeUndefined();
      return made;
    });
    expect(number).toBe(1n);
  });
});
