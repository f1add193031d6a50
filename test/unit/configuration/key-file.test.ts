import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { calculateJwkThumbprint, jwtVerify, SignJWT } from "jose";
import { ensureAuditKey, readAuditKey } from "../../../workers/audit-key.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "kazasu-keys-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test("ok/ created once, readable by this user alone, and the same from then on", async () => {
  const [first, second] = await Promise.all([ensureAuditKey(directory), ensureAuditKey(directory)]);
  expect(second.publicJwk).toEqual(first.publicJwk);
  expect(first.kid).toBe(await calculateJwkThumbprint(first.publicJwk));
  expect(first.publicJwk).not.toHaveProperty("d");
  expect((await stat(join(directory, "audit-key.json"))).mode & 0o777).toBe(0o600);
  const signed = await new SignJWT({}).setProtectedHeader({ alg: "ES256" }).sign(first.privateKey);
  await expect(jwtVerify(signed, second.publicJwk)).resolves.toBeDefined();
});

test("fail/ a damaged file is named, without its content", async () => {
  await ensureAuditKey(directory);
  const path = join(directory, "audit-key.json");
  const whole = await readFile(path, "utf8");
  const { d } = JSON.parse(whole);
  for (const damaged of [whole.slice(0, -5), whole.replace('"kid"', '"kit"'), `${d}`]) {
    await writeFile(path, damaged);
    const refused = await ensureAuditKey(directory).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      message: `${path} is not a key file of this version; restore it from backup.`,
    });
  }
});

test("bad/a process that only verifies creates no key", async () => {
  const nowhere = join(directory, "nowhere");
  await expect(readAuditKey(nowhere)).rejects.toThrow("KAZASU_KEYS");
  await expect(stat(nowhere)).rejects.toThrow("ENOENT");
});
