import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import * as z from "zod";
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
  hears?: (one: Case) => boolean;
  limits?: readonly Limit[];
}

/** Defines a test for every case that each judge hears. A limit that is gone fails its tests: take it off the list. */
export function judgeTransactions(judges: readonly Judge[]): void {
  let directory: string;
  let exhibits: Exhibits;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "kazasu-judges-"));
    exhibits = await makeExhibits(directory, cases);
  }, 300_000);
  afterAll(() => rm(directory, { recursive: true, force: true }));

  describe.each(judges)("$name", ({ ask, hears = () => true, limits = [] }) => {
    let verdicts: Map<string, Verdict>;
    beforeAll(async () => {
      verdicts = new Map((await ask(directory, exhibits)).map((each) => [each.name, each]));
    }, 300_000);

    test.each(cases.filter(hears).map((each) => titled(each, limits)))("%s", (_, { name, refusal }) => {
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

const answer = z.array(z.object({ name: z.string(), accepted: z.boolean(), word: z.string() }));

/** Runs a judge that is a program: its last argument is the folder, and its verdicts come as JSON. */
export function askProgram(program: string, args: readonly string[], directory: string): Promise<Verdict[]> {
  return new Promise((resolve, reject) => {
    const options = { env: process.env, maxBuffer: 16 * 1024 * 1024 };
    execFile(program, [...args, directory], options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} failed: ${stderr.slice(-2_000)}`, { cause: error }));
      else resolve(answer.parse(JSON.parse(stdout)));
    });
  });
}

/** What `npm run test:judges` has told in a variable. */
export function given(variable: string): string {
  const value = process.env[variable];
  if (!value) throw new Error(`${variable} is not set: run the judges by \`npm run test:judges\`.`);
  return value;
}
