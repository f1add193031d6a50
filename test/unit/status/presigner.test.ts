import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { Authorities } from "../../../pki/ca/authorities.ts";
import { newSerial } from "../../../pki/ca/serial.ts";
import { keyText } from "../../../status/answer-cache.ts";
import { createPresigner, type Presigner } from "../../../status/presigner.ts";
import { scratchDirectory } from "../ca/openssl.ts";
import { twoGenerations } from "./generations.ts";
import { MemoryRegistry } from "./memory-registry.ts";

let scratch: ReturnType<typeof scratchDirectory>;
let authorities: Authorities;
let registry: MemoryRegistry;
let presigner: Presigner;
let now: Date;

beforeAll(async () => {
  scratch = scratchDirectory();
  ({ authorities } = await twoGenerations(join(scratch.path, "ca")));
});
afterAll(() => scratch.remove());
beforeEach(() => {
  now = new Date(Math.floor(Date.now() / 1_000) * 1_000);
  registry = new MemoryRegistry();
  presigner = make(10);
});

const make = (maxPresigned: number) =>
  createPresigner({
    authorities: () => authorities,
    registry,
    clock: () => now,
    validitySeconds: 3_600,
    maxPresigned,
  });
const later = (seconds: number) => {
  now = new Date(now.getTime() + seconds * 1_000);
};
const keyOf = (serial: string, form: "sha1" | "sha256" = "sha1", generation = "g1") =>
  keyText({ serial, form, generation });
const cached = (serial: string) => presigner.cache.get(keyOf(serial), now);
const issued = (count: number): string[] =>
  Array.from({ length: count }, () => {
    const serial = newSerial();
    registry.issued(serial);
    return serial;
  });

describe("answers signed ahead", () => {
  test("ok/ the newest certificates, both forms, until the cache is full, with one read for a batch", async () => {
    const serials = issued(8);
    await presigner.renew();
    expect(presigner.cache.size).toBe(10);
    expect(registry.statusReads).toBe(1);
    for (const serial of serials.slice(-5)) {
      expect(cached(serial)).toMatchObject({ status: "good" });
      expect(presigner.cache.get(keyOf(serial, "sha256"), now)).toBeDefined();
    }
    expect(cached(serials[2]!)).toBeUndefined();
  });

  test("ok/ renewed at half of their life and not before", async () => {
    const [serial] = issued(1);
    await presigner.renew();
    const first = cached(serial!)!;
    later(1_799);
    await presigner.renew();
    expect(cached(serial!)).toBe(first);
    later(2);
    await presigner.renew();
    const second = cached(serial!)!;
    expect(second.thisUpdate.getTime() - first.thisUpdate.getTime()).toBe(1_801_000);
    expect(second.nextUpdate.getTime() - second.thisUpdate.getTime()).toBe(3_600_000);
  });

  test("ok/ the least recently used answer makes room", async () => {
    presigner = make(2);
    const [a, b, c] = issued(3) as [string, string, string];
    const [authority] = authorities.all;
    const sign = (serial: string) =>
      presigner.sign(
        authority!,
        { serial, form: "sha1", generation: "g1" },
        { generation: "g1", status: "good" },
        now,
      );
    await sign(a);
    await sign(b);
    expect(cached(a)).toBeDefined();
    await sign(c);
    expect([a, b, c].map((serial) => cached(serial) !== undefined)).toEqual([true, false, true]);
  });

  test("ok/ a revocation replaces good in every form, also one with an earlier time", async () => {
    const [serial] = issued(1);
    await presigner.renew();
    later(5);
    registry.revoke(serial!, "superseded", new Date(now.getTime() - 120_000));
    await presigner.noticeRevocations();
    expect(cached(serial!)).toMatchObject({ status: "revoked" });
    expect(presigner.cache.get(keyOf(serial!, "sha256"), now)).toMatchObject({ status: "revoked" });
  });

  test("ok/ revocations while Postgres was unavailable are found when it is back, however long that was", async () => {
    const [serial] = issued(1);
    await presigner.renew();
    registry.down = true;
    later(60);
    await expect(presigner.noticeRevocations()).rejects.toThrow();
    registry.revoke(serial!, "superseded");
    later(1_500);
    await expect(presigner.noticeRevocations()).rejects.toThrow();
    expect(cached(serial!)).toMatchObject({ status: "good" });
    registry.down = false;
    await presigner.noticeRevocations();
    expect(cached(serial!)).toMatchObject({ status: "revoked" });
  });

  test("ok/ a good status that was read before a revocation and signed after it is not stored", async () => {
    const [serial] = issued(1);
    await presigner.renew();
    later(1_801);
    const keyStore = authorities.all[0]!.keyStore;
    const sign = keyStore.sign.bind(keyStore);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let reach = () => {};
    const reached = new Promise<void>((resolve) => {
      reach = resolve;
    });
    const spy = jest.spyOn(keyStore, "sign").mockImplementationOnce(async (...signing) => {
      reach();
      await held;
      return sign(...signing);
    });
    const renewing = presigner.renew();
    await reached;
    registry.revoke(serial!, "superseded");
    await presigner.noticeRevocations();
    expect(cached(serial!)).toMatchObject({ status: "revoked" });
    release();
    await renewing;
    spy.mockRestore();
    expect(cached(serial!)).toMatchObject({ status: "revoked" });
  });

  test("fail/ the signer fails after a revocation: good is gone all the same", async () => {
    const [serial] = issued(1);
    await presigner.renew();
    registry.revoke(serial!, "superseded");
    const spy = jest.spyOn(authorities.all[0]!.keyStore, "sign").mockRejectedValue(new Error("No signer."));
    await expect(presigner.noticeRevocations()).rejects.toThrow("No signer.");
    spy.mockRestore();
    expect(cached(serial!)).toBeUndefined();
  });

  test("fail/ the key store of one generation fails: the answers of the other are renewed all the same", async () => {
    const [one] = issued(1) as [string];
    const other = newSerial();
    registry.issued(other, { generation: "g2", shard: 0 });
    await presigner.renew();
    later(1_900);
    const spy = jest.spyOn(authorities.all[0]!.keyStore, "sign").mockRejectedValue(new Error("No signer."));
    await expect(presigner.renew()).rejects.toThrow("Answers of g1 could not be signed: No signer.");
    spy.mockRestore();
    const born = (serial: string, generation: string) =>
      presigner.cache.peek(keyOf(serial, "sha1", generation))!.thisUpdate.getTime();
    expect(born(other, "g2") - born(one, "g1")).toBe(1_900_000);
    await presigner.renew();
    expect(born(one, "g1")).toBe(born(other, "g2"));
  });

  test("ok/ after a mass revocation good answers are dropped at once, and new ones are signed in turn", async () => {
    presigner = make(2_000);
    const serials = issued(400);
    await presigner.renew();
    for (const serial of serials) registry.revoke(serial, "superseded");
    await presigner.noticeRevocations();
    const statuses = () => serials.map((serial) => cached(serial)?.status);
    expect(statuses()).not.toContain("good");
    expect(statuses().filter((status) => status === "revoked")).toHaveLength(125);
    await presigner.renew();
    expect(new Set(statuses())).toEqual(new Set(["revoked"]));
  });

  test("fail/ Postgres is unavailable at half of the validity: answers stay until they end, then there is none", async () => {
    const [serial] = issued(1);
    await presigner.renew();
    registry.down = true;
    later(1_900);
    await expect(presigner.renew()).rejects.toThrow();
    expect(cached(serial!)).toMatchObject({ status: "good" });
    later(1_800);
    expect(cached(serial!)).toBeUndefined();
  });

  test("ok/ answers of a removed generation are dropped", async () => {
    const [serial] = issued(1);
    await presigner.renew();
    later(1_801);
    const both = authorities;
    authorities = { active: both.active, all: [both.active] };
    await presigner.renew();
    authorities = both;
    expect(presigner.cache.peek(keyOf(serial!))).toBeUndefined();
  });
});
