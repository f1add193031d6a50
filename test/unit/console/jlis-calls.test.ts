import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { countedJlis } from "../../../activities/j-lis/counted.ts";
import { type JLis, JLisUnavailable } from "../../../activities/j-lis/j-lis.ts";
import { countJlisCall, recentJlisCalls } from "../../../registry/change-detection/jlis-calls.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startTestRegistry();
});
afterAll(() => registry?.close());

const reference = { issuerKeyId: "00", serial: "01" };

test("ok/each call that J-LIS bills for is counted, answered or not; the others are not", async () => {
  const counted: string[] = [];
  const unavailable = async () => {
    throw new JLisUnavailable("unavailable");
  };
  const jlis = countedJlis(
    {
      askStatus: async () => new Uint8Array(),
      predecessors: unavailable,
      successor: async () => undefined,
      latestAttributes: unavailable,
      crlParts: async () => [],
    } as unknown as JLis,
    (call) => void counted.push(call),
  );
  await jlis.askStatus(new Uint8Array());
  await expect(jlis.predecessors(reference)).rejects.toThrow("unavailable");
  await jlis.successor(reference);
  await expect(
    jlis.latestAttributes({ consentId: "c", certificate: reference, items: ["name"] }),
  ).rejects.toThrow("unavailable");
  await jlis.crlParts();
  expect(counted).toEqual(["status", "linkage", "linkage", "attributes"]);
});

test("ok/by day and kind, the last days first", async () => {
  const at = (day: string) => new Date(`${day}T23:59:59Z`);
  await Promise.all([
    countJlisCall(registry.pool, "status", at("2026-11-21")),
    ...Array.from({ length: 20 }, () => countJlisCall(registry.pool, "status", at("2026-11-22"))),
    countJlisCall(registry.pool, "attributes", at("2026-11-22")),
  ]);
  const yesterday = [
    { day: "2026-11-22", kind: "attributes", count: 1 },
    { day: "2026-11-22", kind: "status", count: 20 },
  ];
  expect(await recentJlisCalls(registry.pool, 1)).toEqual(yesterday);
  expect(await recentJlisCalls(registry.pool, 2)).toEqual([
    ...yesterday,
    { day: "2026-11-21", kind: "status", count: 1 },
  ]);
});
