import { describe, expect, test } from "@jest/globals";
import { witnessesOf } from "../../../domain/certificate/witnesses.ts";
import { type KnownEnrolment } from "../../../registry/certificate/new-phones.ts";

let issued = 0;
const one = (id: string, more: Partial<KnownEnrolment> = {}): KnownEnrolment => ({
  id,
  partyId: "bank",
  state: "active",
  replaces: null,
  issuedAt: new Date((issued += 1)),
  isFrozen: false,
  frozenBy: null,
  isEstablished: true,
  isAsked: false,
  ...more,
});
const replaced = { state: "superseded" } as const;
const frozen = { state: "revoked", isFrozen: true, frozenBy: "a", isEstablished: false } as const;
const fresh = { isEstablished: false } as const;
const clinic = (more: Partial<KnownEnrolment> = {}) => one("clinic", { partyId: "clinic", ...more });
const shop = (more: Partial<KnownEnrolment> = {}) => one("shop", { partyId: "shop", ...more });

type Case = [
  what: string,
  itself: Partial<KnownEnrolment>,
  others: KnownEnrolment[],
  votes: string[],
  notified?: string[],
];
const run = ([, itself, others, votes, notified = votes]: Case, isFirstHere: boolean) => {
  const self = one("new", { isEstablished: false, ...itself });
  const found = witnessesOf(self, [self, ...others]);
  const ids = (witnesses: typeof found.witnesses) => witnesses.map(({ id }) => id);
  expect(ids(found.witnesses.filter(({ mayStop }) => mayStop))).toEqual(votes);
  expect(ids(found.witnesses)).toEqual(notified);
  expect(found.isFirstHere).toBe(isFirstHere);
};

describe("a first enrolment at a party", () => {
  test.each<Case>([
    ["there is nobody to notify", {}, [], []],
    ["announced to all others", {}, [clinic(), shop()], ["clinic", "shop"]],
    [
      "to one that is new itself, which has no vote",
      {},
      [clinic(), shop(fresh)],
      ["clinic"],
      ["clinic", "shop"],
    ],
    [
      "to one that was replaced, while it is asked about its successor",
      {},
      [clinic({ ...replaced, isAsked: true }), one("b", { ...fresh, partyId: "clinic", replaces: "clinic" })],
      ["clinic"],
      ["clinic", "b"],
    ],
    ["no phone that was replaced long ago, or stopped", {}, [clinic(replaced), shop({ ...frozen })], []],
  ])("ok/%s", (...each) => {
    run(each, true);
  });
});

describe("a new phone", () => {
  test.each<Case>([
    ["a replacement", { replaces: "a" }, [one("a", replaced), clinic()], ["a", "clinic"]],
    ["a second phone beside the first", {}, [one("a"), clinic()], ["a", "clinic"]],
    ["all other phones were replaced", { replaces: "a" }, [one("a", replaced), clinic(replaced)], ["a"]],
    [
      "the replaced one is new, and succeeds one that has stood",
      { replaces: "b" },
      [one("a", replaced), one("b", { ...replaced, ...fresh, replaces: "a" })],
      ["b"],
    ],
    [
      "after a stop: the phone before it is notified without a vote, for it made the stop",
      { replaces: "b" },
      [one("a", replaced), one("b", { ...frozen, replaces: "a" }), clinic()],
      ["clinic"],
      ["a", "clinic"],
    ],
    [
      "after a stop by another phone: the last that the person knew has its vote",
      { replaces: "b" },
      [one("a", replaced), one("b", { ...frozen, frozenBy: "clinic", replaces: "a" }), clinic()],
      ["a"],
      ["a", "clinic"],
    ],
    [
      "after a stop without a phone, by the person or for them: who has stood has a vote",
      { replaces: "b" },
      [one("a", replaced), one("b", { ...frozen, frozenBy: null, replaces: "a" }), clinic()],
      ["a", "clinic"],
    ],
    [
      "after a stop of two in a row",
      { replaces: "c" },
      [
        one("a", replaced),
        one("b", { ...frozen, state: "superseded", frozenBy: "shop", replaces: "a" }),
        one("c", { ...frozen, frozenBy: "shop", replaces: "b" }),
        shop(),
      ],
      ["a"],
      ["a", "shop"],
    ],
    [
      "after a stop, an enrolment that replaces nothing",
      {},
      [one("a", replaced), one("b", { ...frozen, replaces: "a" }), clinic()],
      ["clinic"],
      ["a", "clinic"],
    ],
    [
      "after a stop: no vote for what took the stopping phone's place",
      { replaces: "b" },
      [
        one("a", replaced),
        one("b", { ...frozen, frozenBy: "clinic", replaces: "a" }),
        clinic(replaced),
        one("clinic2", { partyId: "clinic", replaces: "clinic" }),
      ],
      ["a"],
      ["a", "clinic2"],
    ],
    [
      "once the person has come back: the phone they came back with, and the others",
      { replaces: "c" },
      [
        one("a", replaced),
        one("b", { ...frozen, frozenBy: "clinic", replaces: "a" }),
        one("c", { ...replaced, replaces: "b" }),
        clinic(),
      ],
      ["c", "clinic"],
    ],
    [
      "a phone replaced long ago",
      { replaces: "b" },
      [one("a", replaced), one("b", { ...replaced, replaces: "a" })],
      ["b"],
    ],
  ])("ok/%s", (...each) => {
    run(each, false);
  });
});

describe("a phone that no other phone was notified of, or whose notice is not 72 hours old", () => {
  test.each<Case>([
    ["at another party is not asked", { replaces: "a" }, [one("a", replaced), clinic(fresh)], ["a"]],
    [
      "is notified without a vote where it is replaced itself",
      { replaces: "t" },
      [one("t", { ...replaced, ...fresh }), clinic()],
      ["clinic"],
      ["t", "clinic"],
    ],
    [
      "gets no vote by being replaced",
      { replaces: "t2" },
      [one("t", { ...replaced, ...fresh }), one("t2", { ...replaced, ...fresh, replaces: "t" }), clinic()],
      ["clinic"],
      ["t2", "clinic"],
    ],
    [
      "does not make the person's own phone at its party a later one: is notified of it without a vote",
      {},
      [one("t", fresh), clinic()],
      ["clinic"],
      ["t", "clinic"],
    ],
    [
      "and one at the same party: both it and the phone it replaced are notified, and the replaced one has its vote",
      {},
      [one("a", { ...replaced, isAsked: true }), one("b", { ...fresh, replaces: "a" })],
      ["a"],
      ["a", "b"],
    ],
  ])("bad/%s", (...each) => {
    run(each, false);
  });
});
