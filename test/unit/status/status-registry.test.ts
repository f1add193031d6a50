import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import pino from "pino";
import type { Authorities } from "../../../pki/ca/authorities.ts";
import { newSerial } from "../../../pki/ca/serial.ts";
import { StatusRegistry } from "../../../registry/certificate/status.ts";
import { transaction } from "../../../registry/database.ts";
import { publishDueCrls } from "../../../status/due-crls.ts";
import type { StatusRegistry as WantedRegistry } from "../../../status/status-registry.ts";
import { openssl, scratchDirectory } from "../ca/openssl.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";
import { twoGenerations } from "./generations.ts";
import { addIssued, addRevocation, type Issued } from "./issued-rows.ts";

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

const issued = (more?: Issued) => addIssued(postgres.pool, more);
const revoke = (serial: string, more?: Parameters<typeof addRevocation>[2]) =>
  addRevocation(postgres.pool, serial, more);
const inMs = (ms: number): Date => new Date(Date.now() + ms);
const publish = (now = new Date()) =>
  publishDueCrls({
    authorities: () => authorities,
    registry,
    clock: () => now,
    crlBase: "http://crl.example",
    validitySeconds: 86_400,
    log: pino({ level: "silent" }),
  });
/** As `openssl crl -text` writes it. */
const opensslTime = (time: Date): string => {
  const [, day, month, year, clock] = time.toUTCString().split(" ");
  return `${month} ${day!.replace(/^0/, " ")} ${clock} ${year} GMT`;
};
const serialsOf = (der: Uint8Array): string[] =>
  [...openssl(["crl", "-inform", "DER", "-noout", "-text"], der).matchAll(/Serial Number: ([0-9A-F]+)/g)].map(
    ([, serial]) => serial!.toLowerCase(),
  );

describe("status in the registry", () => {
  test("ok/ stored certificates are good, a serial with an intent alone may be revoked, any other is unknown", async () => {
    const [good, revoked, intended, intendedRevoked] = [
      await issued(),
      await issued({ generation: "g2" }),
      await issued({ stored: false }),
      await issued({ stored: false }),
    ];
    const revokedAt = new Date("2026-01-02T03:04:05Z");
    const known = { notBefore: expect.any(Date) };
    for (const serial of [revoked, intendedRevoked])
      await revoke(serial, { reason: "keyCompromise", revokedAt });
    const answer = await registry.statusOfMany([good, revoked, intended, intendedRevoked, newSerial()]);
    expect(Object.fromEntries(answer)).toEqual({
      [good]: { generation: "g1", status: "good", ...known },
      [revoked]: { generation: "g2", status: "revoked", revokedAt, reason: "keyCompromise", ...known },
      [intendedRevoked]: { generation: "g1", status: "revoked", revokedAt, reason: "keyCompromise" },
    });
  });

  test("ok/ the newest serials are those that end last, without expired ones", async () => {
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

  test("ok/ a revocation counts from its effective time on, in OCSP and CRL alike", async () => {
    const scope = { generation: "g1", shard: 0 };
    const [later, sooner, only] = [await issued(), await issued(), await issued({ stored: false })];
    await publish();
    const effectiveAt = inMs(3_600_000);
    await revoke(later, { effectiveAt });
    await revoke(only, { effectiveAt });
    await revoke(sooner);
    const statuses = async () => registry.statusOfMany([later, sooner, only]);
    expect((await statuses()).get(later)).toMatchObject({ status: "good" });
    expect((await statuses()).get(sooner)).toMatchObject({ status: "revoked" });
    expect((await statuses()).get(only)).toBeUndefined();
    await publish();
    expect(serialsOf((await registry.currentCrl(scope))!.der)).toEqual([sooner]);
    expect(await publish()).toEqual({ published: [] });
    expect(await registry.recentRevocations(inMs(-60_000))).toEqual([{ serial: sooner, generation: "g1" }]);

    // The moment is reached: nothing else happens to the registry.
    const reached = inMs(-1_000);
    await postgres.pool.query(
      "update revocations set revoked_at = $1, effective_at = $1 where effective_at > now()",
      [reached],
    );
    const second = new Date(Math.floor(reached.getTime() / 1_000) * 1_000);
    expect((await statuses()).get(later)).toMatchObject({ status: "revoked", revokedAt: reached });
    expect((await statuses()).get(only)).toMatchObject({ status: "revoked", revokedAt: reached });
    expect(await registry.recentRevocations(inMs(-60_000))).toHaveLength(3);
    expect((await publish()).published).toMatchObject([scope]);
    const { der } = (await registry.currentCrl(scope))!;
    expect(serialsOf(der)).toEqual([later, sooner, only].toSorted());
    const dated = openssl(["crl", "-inform", "DER", "-noout", "-text"], der);
    expect(dated.split(/Serial Number: /).find((entry) => entry.startsWith(later.toUpperCase()))).toContain(
      `Revocation Date: ${opensslTime(second)}`,
    );
  });

  test("ok/ recent revocations, by when they took effect", async () => {
    const [early, late] = [await issued(), await issued({ generation: "g2" })];
    await revoke(early, { revokedAt: new Date(Date.now() - 60_000) });
    await revoke(late);
    expect(await registry.recentRevocations(new Date(Date.now() - 30_000))).toEqual([
      { serial: late, generation: "g2" },
    ]);
  });

  test("ok/ a CRL for every scope, each with its own revocations, numbered by the time", async () => {
    const [a, b, c] = [
      await issued({ shard: 3 }),
      await issued({ shard: 3, stored: false }),
      await issued({ generation: "g2", shard: 3 }),
    ];
    for (const serial of [a, b, c]) await revoke(serial);
    const now = new Date();
    const { published } = await publish(now);
    expect(published).toHaveLength(16);
    expect(new Set(published.map(({ number }) => number))).toEqual(new Set([now.getTime()]));
    const ofOld = await registry.currentCrl({ generation: "g1", shard: 3 });
    expect(serialsOf(ofOld!.der)).toEqual([a, b].toSorted());
    const ofNew = await registry.currentCrl({ generation: "g2", shard: 3 });
    expect(serialsOf(ofNew!.der)).toEqual([c]);
    expect(serialsOf((await registry.currentCrl({ generation: "g1", shard: 4 }))!.der)).toEqual([]);
  });

  test("ok/ only the CRL of a scope with a new revocation is made anew", async () => {
    const now = new Date();
    await publish(now);
    expect(await publish(now)).toEqual({ published: [] });
    const serial = await issued({ generation: "g2", shard: 5 });
    await revoke(serial);
    // Made within the same millisecond, as far as the clock says.
    const number = now.getTime() + 1;
    expect(await publish(now)).toEqual({ published: [{ generation: "g2", shard: 5, number }] });
    expect(await publish(now)).toEqual({ published: [] });
    const { published } = await publish(inMs(43_201_000));
    expect(published).toHaveLength(16);
    expect(published.every((each) => each.number > number)).toBe(true);
  });

  test("ok/ after a restore from a backup the next numbers are higher than any that was published", async () => {
    const published: number[] = [];
    const publishNext = async () => {
      await revoke(await issued());
      const made = (await publish()).published;
      const { number } = made.find(({ generation, shard }) => generation === "g1" && shard === 0)!;
      published.push(number);
    };
    await publishNext();
    const { rows: backup } = await postgres.pool.query<{ number: string }>("select number from crls");
    await publishNext();
    await publishNext();
    await postgres.pool.query("delete from crls where not number = any($1)", [
      backup.map(({ number }) => number),
    ]);
    await publishNext();
    await postgres.pool.query("delete from crls");
    await publishNext();
    expect(published).toHaveLength(5);
    expect(published).toEqual([...new Set(published)].toSorted((a, b) => a - b));
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
      expect((await publish()).published).toMatchObject([{ generation: "g1", shard: 0 }]);
    });
    expect((await publish()).published).toMatchObject([{ generation: "g1", shard: 0 }]);
    const crl = await registry.currentCrl({ generation: "g1", shard: 0 });
    expect(new Set(serialsOf(crl!.der))).toEqual(new Set([first, second]));
  });

  test("ok/ many processes at once make each CRL once", async () => {
    const rounds = await Promise.all([publish(), publish(), publish(), publish()]);
    expect(rounds.flatMap(({ published }) => published)).toHaveLength(16);
    const { rows } = await postgres.pool.query("select count(*)::integer as count from crls");
    expect(rows).toEqual([{ count: 16 }]);
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
    const made = { number: 1n, der: Uint8Array.of(1), thisUpdate: new Date(), nextUpdate: new Date() };
    expect(await registry.publishCrl(scope, () => Promise.resolve(made))).toBe(1n);
  });

  test("fail/ another process makes it: this one leaves it, without waiting", async () => {
    const scope = { generation: "g1", shard: 1 };
    const made = { number: 1n, der: Uint8Array.of(1), thisUpdate: new Date(), nextUpdate: new Date() };
    const number = await registry.publishCrl(scope, async () => {
      expect(await registry.publishCrl(scope, () => Promise.resolve(made))).toBeUndefined();
      return made;
    });
    expect(number).toBe(1n);
  });
});
