import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { PhoneFile } from "../../../sandbox/persons/phone-file.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kazasu-phone-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("ok/the file survives a restart, and only its owner can read it", async () => {
  const path = join(folder, "below", "plain.json");
  const phone = await PhoneFile.open(path);
  expect(phone.state).toMatchObject({ prepared: false, auto: { on: false }, enrolments: [] });
  await Promise.all([
    phone.keep({ prepared: true }),
    phone.keep({ auto: { on: true, decision: "decline", number: 17 } }),
  ]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, "below"))).mode & 0o777).toBe(0o700);
  expect((await PhoneFile.open(path)).state).toEqual({
    prepared: true,
    auto: { on: true, decision: "decline", number: 17 },
    enrolments: [],
    former: [],
  });
});

test("ok/a file that others could read is closed to them", async () => {
  const path = join(folder, "plain.json");
  await (await PhoneFile.open(path)).keep({ prepared: true });
  const text = await readFile(path, "utf8");
  await rm(path);
  await writeFile(path, text, { mode: 0o644 });
  await PhoneFile.open(path);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test.each(["", "{}", '{"prepared":true,"auto":{"on":true,"decision":"perhaps"},"enrolments":[]}'])(
  "fail/a file of %j is not a phone, and is not overwritten",
  async (text) => {
    const path = join(folder, "plain.json");
    await writeFile(path, text);
    await expect(PhoneFile.open(path)).rejects.toThrow("is not a phone of this sandbox");
    expect(await readFile(path, "utf8")).toBe(text);
  },
);
