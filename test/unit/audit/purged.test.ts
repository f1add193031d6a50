import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { generateKeyPair } from "jose";
import { createPurgeActivities } from "../../../activities/retention/activities.ts";
import { signPurgeRecord } from "../../../domain/audit/checkpoints.ts";
import { type PurgeRecord } from "../../../domain/audit/purge-record.ts";
import { audit } from "../../../registry/audit/lines.ts";
import { type AuditedRegistry, openAuditedRegistry } from "./audited-registry.ts";

const start = new Date("2026-01-01T00:00:00Z");
const yearsOn = (years: number) => new Date(start.getTime() + years * 365.25 * 86_400_000);

let audited: AuditedRegistry;
let now = start;
beforeAll(async () => {
  audited = await openAuditedRegistry(() => now);
});
afterAll(() => audited?.close());
beforeEach(async () => {
  now = start;
  await audited.clear();
});

const found = async () => (await audited.verify()).tampering;
const purge = (checkpoints = audited.checkpoints) =>
  createPurgeActivities({
    pool: audited.pool,
    clock: () => now,
    years: { certificate: 10, evidence: 7, consent: 10 },
    checkpoints,
    auditKey: audited.auditKey,
  }).purgeRecords();
const entries = async () =>
  (await audited.pool.query("select position::int from audit_chain order by position")).rows.map(
    ({ position }) => position,
  );

/** Lines of the time that the clock shows, as the act's own transaction writes them. */
async function write(lines: number) {
  for (let line = 0; line < lines; line += 1)
    await audited.pool.query(
      "insert into audit_lines (at, act, subject) values ($1, 'crl-refused', 'subject')",
      [now],
    );
  await audited.write(0);
}

/** What somebody with all rights in the database does: the oldest lines go, and a row says that they were purged. */
async function erase(to: number) {
  const { rows } = await audited.pool.query("select hash from audit_chain where position = $1", [to]);
  await audited.tamper(
    "delete from audit_lines where id in (select line_id from audit_chain where position <= $1)",
    [to],
  );
  await audited.tamper("delete from audit_chain where position <= $1", [to]);
  await audited.tamper(
    `insert into purges (id, what, count, digest, kept_years, last_position, last_hash)
     values (gen_random_uuid(), 'audit-lines', 1, 'x', 10, $1, $2)`,
    [to, rows[0].hash],
  );
}

async function append(record: PurgeRecord, key = audited.deps.key) {
  const last = await audited.checkpoints.last();
  await audited.checkpoints.append(await signPurgeRecord(record, last, key, now));
}
const recordTo = async (position: bigint, more: Partial<PurgeRecord> = {}): Promise<PurgeRecord> => {
  const { rows } = await audited.pool.query("select hash from audit_chain where position = $1", [position]);
  const chain = { position, hash: rows[0].hash.toString("base64url") };
  return { id: "p", what: "audit-lines", count: 1, digest: "x".repeat(43), keptYears: 10, chain, ...more };
};

describe("the verifier does not take its starting point from the database", () => {
  beforeEach(async () => {
    await write(4);
    await write(3);
  });

  test.each([
    ["a part of the lines, to a signed checkpoint", 4],
    ["a part of the lines, between two checkpoints", 2],
    ["all lines", 7],
  ])("bad/%s erased, with a row that claims a purge", async (_, to) => {
    await erase(to);
    expect(await found()).toMatchObject({ what: to === 7 ? "cut" : "deleted", position: "1" });
    await write(1);
    expect(await found()).toMatchObject({ what: "deleted", position: "1" });
  });

  test("bad/a purge record signed by another key", async () => {
    const { privateKey } = await generateKeyPair("ES256");
    await append(await recordTo(4n), { kid: "audit", privateKey });
    await erase(4);
    expect(await found()).toBeDefined();
  });
});

describe("a purge record is checked against the retention rule", () => {
  beforeEach(async () => {
    await write(4);
    await write(3);
  });

  test.each<[string, number, bigint, Partial<PurgeRecord>, string]>([
    ["of lines that are not ten years old", 9.9, 4n, {}, "not 10 years old"],
    ["under fewer years than the law's", 11, 4n, { keptYears: 1 }, "1 year"],
    ["to a position that no checkpoint was signed at", 11, 3n, {}, "no checkpoint"],
    ["that does not say how far", 11, 4n, { chain: undefined }, "how far"],
    ["of evidence kept too short", 11, 4n, { what: "evidence", keptYears: 6, chain: undefined }, "6 years"],
  ])("bad/a record %s", async (_, years, position, more, says) => {
    const record = await recordTo(position, more);
    now = yearsOn(years);
    await append(record);
    expect(await found()).toMatchObject({ what: "purge", detail: expect.stringContaining(says) });
  });

  test("bad/a record with another hash than the checkpoint's", async () => {
    const record = await recordTo(4n);
    now = yearsOn(11);
    await append({ ...record, chain: { position: 4n, hash: "A".repeat(43) } });
    expect(await found()).toMatchObject({ what: "purge" });
  });

  test("bad/a record that was removed", async () => {
    now = yearsOn(11);
    await purge();
    const [, newest] = (await readdir(audited.folder)).toSorted();
    await writeFile(join(audited.folder, newest!), "");
    expect(await found()).toMatchObject({ what: "cut", position: "1" });
    await write(1);
    expect(await found()).toMatchObject({ what: "deleted", position: "1" });
  });
});

describe("the engine's own purge", () => {
  test("ok/leaves a signed record beside the checkpoints, and the rest verifies from there", async () => {
    await write(4);
    await write(3);
    now = yearsOn(11);
    await purge();
    expect(await entries()).toEqual([]);
    expect(await found()).toBeUndefined();
    await write(2);
    // Position 8 is the line of the purge itself.
    expect(await entries()).toEqual([8, 9, 10]);
    expect(await audited.verify()).toMatchObject({ entries: 3, vouchedTo: "10", tampering: undefined });
    now = yearsOn(22);
    await purge();
    await write(1);
    expect(await audited.verify()).toMatchObject({ vouchedTo: "12", tampering: undefined });
  });

  test("ok/killed between record and deletion: both states verify, and the next run deletes", async () => {
    await write(4);
    now = yearsOn(11);
    const killed = async () => {
      throw new Error("killed");
    };
    const append = async (jws: string) => {
      await audited.checkpoints.append(jws);
      await killed();
    };
    await expect(purge({ ...audited.checkpoints, append })).rejects.toThrow("killed");
    expect(await entries()).toEqual([1, 2, 3, 4]);
    expect(await found()).toBeUndefined();
    await purge();
    expect(await entries()).toEqual([]);
    await write(1);
    expect(await found()).toBeUndefined();
  });

  test("bad/a record that cannot be stored: nothing is destroyed", async () => {
    await write(4);
    now = yearsOn(11);
    const append = async () => {
      throw new Error("the disk is unavailable");
    };
    await expect(purge({ ...audited.checkpoints, append })).rejects.toThrow("the disk is unavailable");
    expect(await entries()).toEqual([1, 2, 3, 4]);
  });

  test("bad/recent lines that the database dates back are not destroyed: their checkpoint is recent", async () => {
    await audited.pool.query(
      "insert into audit_lines (at, act, subject) values ($1, 'attributes-revealed', 'x'), ($1, 'replay-asked', 'y')",
      [yearsOn(-11)],
    );
    await audited.write(0);
    await purge();
    expect(await entries()).toEqual([1, 2]);
  });

  test("bad/a changed old line is not destroyed under the CA's signature", async () => {
    await write(4);
    await audited.tamper(
      "update audit_lines set subject = 'another' where id = (select min(id) from audit_lines)",
    );
    now = yearsOn(11);
    await expect(purge()).rejects.toThrow("No audit line is destroyed");
    expect(await entries()).toEqual([1, 2, 3, 4]);
    expect(await found()).toMatchObject({ what: "edited", position: "1" });
  });

  test("ok/every other purge is recorded there too", async () => {
    await audited.pool.query(
      `insert into crls (generation, crl_shard, number, der, this_update, next_update, revocation_mark)
       select 'g9', 0, n, 'der', $1, $1, '0' from generate_series(1, 2) n`,
      [start],
    );
    await audit(audited.pool, "crl-refused", "first");
    now = yearsOn(1);
    await purge();
    await audited.write(1);
    const files = await Promise.all(
      (await readdir(audited.folder)).map((name) => readFile(join(audited.folder, name), "utf8")),
    );
    const said = files
      .flatMap((text) => text.trim().split("\n"))
      .map((jws) => JSON.parse(Buffer.from(jws.split(".")[1]!, "base64url").toString()));
    expect(said.find(({ purge: one }) => one)?.purge).toMatchObject({ what: "crls", count: 1, keptYears: 0 });
    await audited.tamper("delete from crls");
    expect(await audited.verify()).toMatchObject({ checkpoints: 1, tampering: undefined });
  });
});
