import { expect, test } from "@jest/globals";
import { KeyedLimit } from "../../../gateway/limits/keyed-limit.ts";

let now = Date.parse("2026-01-01T00:00:00Z");
const clock = () => new Date(now);

test("ok/as many at once as there are a minute, then one at a time, and all again after a minute", () => {
  const limit = new KeyedLimit({ perMinute: 6, clock });
  for (let one = 0; one < 6; one += 1) expect(limit.count("a")).toBeUndefined();
  expect(limit.count("a")).toBe(10);
  now += 4_000;
  expect(limit.count("a")).toBe(6);
  now += 6_000;
  expect(limit.count("a")).toBeUndefined();
  expect(limit.count("a")).toBe(10);
  now += 60_000;
  for (let one = 0; one < 6; one += 1) expect(limit.count("a")).toBeUndefined();
  expect(limit.count("a")).toBe(10);
});

test("ok/each key for itself, and what was refused is not counted", () => {
  const limit = new KeyedLimit({ perMinute: 1, clock });
  expect(limit.count("a")).toBeUndefined();
  for (let one = 0; one < 1_000; one += 1) expect(limit.count("a")).toBe(60);
  expect(limit.count("b")).toBeUndefined();
});

test("ok/memory is bounded: beyond a hundred thousand keys the least recently used one starts anew", () => {
  const limit = new KeyedLimit({ perMinute: 1, clock });
  expect(limit.count("first")).toBeUndefined();
  expect(limit.count("second")).toBeUndefined();
  for (let key = 0; key < 99_999; key += 1) limit.count(String(key));
  expect(limit.count("second")).toBe(60);
  expect(limit.count("first")).toBeUndefined();
});
