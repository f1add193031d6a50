import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Case, cases } from "./cases.ts";
import type { Exhibits, Verdict } from "./exhibits.ts";
import { makeExhibits } from "./fixtures.ts";

/** Where a judge refuses what is right to accept, or for a reason of its own: a limit of the judge, not of what it reads. */
export interface Limit {
  of: (one: Case) => boolean;
  /** Its version, and where it says or does so. */
  why: string;
  /** How it words the refusal. */
  word: RegExp;
}

export interface Judge {
  name: string;
  ask: (directory: string, exhibits: Exhibits) => Promise<Verdict[]>;
  /** Which cases are within its trade; otherwise all are. */
  takes?: (one: Case) => boolean;
  limits?: readonly Limit[];
}

/** Defines a test for every case that each judge takes. A limit that no longer exists fails its tests: remove it from the list. */
export function judgeTransactions(judges: readonly Judge[]): void {
  let directory: string;
  let exhibits: Exhibits;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "kazasu-judges-"));
    exhibits = await makeExhibits(directory, cases);
  }, 300_000);
  afterAll(() => rm(directory, { recursive: true, force: true }));

  describe.each(judges)("$name", ({ ask, takes = () => true, limits = [] }) => {
    let verdicts: Map<string, Verdict>;
    beforeAll(async () => {
      verdicts = new Map((await ask(directory, exhibits)).map((each) => [each.name, each]));
    }, 300_000);

    test.each(cases.filter(takes).map((each) => titled(each, limits)))("%s", (_, { name, refusal }) => {
      const verdict = verdicts.get(name);
      if (refusal === undefined) expect(verdict).toMatchObject({ accepted: true });
      else expect(verdict).toMatchObject({ accepted: false, word: expect.stringMatching(refusal) });
    });
  });
}

function titled(
  one: Case,
  limits: readonly Limit[],
): [title: string, expected: Pick<Case, "name" | "refusal">] {
  const limit = limits.find(({ of }) => of(one));
  if (limit) {
    const right = one.refusal ? "" : ", though to accept is right";
    return [`fail/${one.name}: refused${right}: ${limit.why}`, { name: one.name, refusal: limit.word }];
  }
  return one.refusal ? [`fail/${one.name}: refused`, one] : [`ok/${one.name}: accepted`, one];
}
