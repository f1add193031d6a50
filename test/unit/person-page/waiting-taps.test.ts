import { expect, test } from "@jest/globals";
import { WaitingTaps } from "../../../gateway/person-page/waiting-taps.ts";

const at = (seconds: number) => ({
  now: new Date(seconds * 1_000),
  expiresAt: new Date((seconds + 300) * 1_000),
});

test("ok/as many taps wait as there is room for, from any address", () => {
  const taps = new WaitingTaps(3);
  expect([1, 2, 3].map((id) => taps.add(`${id}`, "here", at(id)))).toEqual([undefined, undefined, undefined]);
});

test("bad/too many taps from one address push out that address's oldest", () => {
  const taps = new WaitingTaps(3);
  taps.add("mine", "home", at(1));
  for (const id of ["a", "b"]) taps.add(id, "crowd", at(2));
  expect(["c", "d", "e"].map((id) => taps.add(id, "crowd", at(3)))).toEqual(["a", "b", "c"]);
});

test("bad/each tap from another address: the oldest is dropped", () => {
  const taps = new WaitingTaps(2);
  expect(["a", "b", "c", "d"].map((id) => taps.add(id, id, at(1)))).toEqual([undefined, undefined, "a", "b"]);
});

test("ok/expired taps take no room", () => {
  const taps = new WaitingTaps(2);
  for (const id of ["a", "b"]) taps.add(id, "here", at(1));
  expect(["c", "d", "e"].map((id) => taps.add(id, "here", at(301)))).toEqual([undefined, undefined, "c"]);
});
