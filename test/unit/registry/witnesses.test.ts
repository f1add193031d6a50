import { expect, test } from "@jest/globals";
import { type KnownEnrolment, witnessesOf } from "../../../registry/witnesses.ts";

const one = (id: string, more: Partial<KnownEnrolment> = {}): KnownEnrolment => ({
  id,
  partyId: "bank",
  state: "active",
  replaces: null,
  isFrozen: false,
  isInQuestion: false,
  ...more,
});
const replaced = { state: "superseded" } as const;
const frozen = { state: "revoked", isFrozen: true } as const;
const clinic = (more: Partial<KnownEnrolment> = {}) => one("clinic", { partyId: "clinic", ...more });

test.each<[string, Partial<KnownEnrolment>, KnownEnrolment[], string[]]>([
  ["a first enrolment anywhere", {}, [], []],
  ["a first enrolment at this party", {}, [clinic()], []],
  ["a replacement", { replaces: "a" }, [one("a", replaced), clinic()], ["a", "clinic"]],
  ["a second phone beside the first", {}, [one("a"), clinic()], ["a", "clinic"]],
  ["all other phones are gone", { replaces: "a" }, [one("a", replaced), clinic(replaced)], ["a"]],
  [
    "an active phone that is in question itself",
    { replaces: "a" },
    [one("a", replaced), clinic({ isInQuestion: true })],
    ["a"],
  ],
  ["the replaced one in question", { replaces: "a" }, [one("a", { ...replaced, isInQuestion: true })], ["a"]],
  [
    "after a freeze: the last that the person knew, not the thief's",
    { replaces: "b" },
    [one("a", replaced), one("b", { ...frozen, replaces: "a" })],
    ["a"],
  ],
  [
    "after a freeze of two in a row",
    { replaces: "c" },
    [
      one("a", replaced),
      one("b", { ...frozen, state: "superseded", replaces: "a" }),
      one("c", { ...frozen, replaces: "b" }),
    ],
    ["a"],
  ],
  [
    "after a freeze, an enrolment that replaces nothing",
    {},
    [one("a", replaced), one("b", { ...frozen, replaces: "a" })],
    ["a"],
  ],
  [
    "once the person has come back: the phone they came back with",
    { replaces: "c" },
    [one("a", replaced), one("b", { ...frozen, replaces: "a" }), one("c", { ...replaced, replaces: "b" })],
    ["c"],
  ],
  [
    "a phone replaced long ago",
    { replaces: "b" },
    [one("a", replaced), one("b", { ...replaced, replaces: "a" })],
    ["b"],
  ],
])("ok/%s", (_, fresh, others, told) => {
  const self = one("new", fresh);
  expect(witnessesOf(self, [self, ...others])).toEqual(told);
});
