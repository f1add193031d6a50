import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parseRootCrl } from "../../../pki/ca/authority-files.ts";
import { revokeIssuingCa } from "../transactions/status.ts";
import { makeOnlineCa } from "./ca.ts";
import { cases, type Expected, type Task } from "./cases.ts";
import { makeCertificates } from "./certificates.ts";
import { type Front, startFront } from "./front.ts";
import type { Cas, Place } from "./place.ts";
import { makeSets } from "./sets.ts";
import { makeTransactions } from "./transactions.ts";

/** The tasks of docs/interop, and a language's program for each: the command without its last arguments. */
export type Samples = Record<Task, readonly [program: string, ...args: string[]]>;

/** The CA is ten days old. */
const madeAt = new Date(Date.now() - 10 * 86_400_000);

/**
 * Defines tests that run the samples of a language as programs: each accepts what is right, with what it says on standard
 * output, and refuses each copy that is not, with a reason and exit code 1.
 */
export function judgeSamples(samples: Samples): void {
  let front: Front;
  let directory: string;
  let cas: Cas;
  let exhibits: Record<Task, Record<string, string[]>>;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "kazasu-interop-"));
    front = await startFront();
    const place: Place = {
      front,
      directory,
      async write(name, content) {
        await writeFile(join(directory, name), content);
        return join(directory, name);
      },
    };
    const ca = (name: string) => makeOnlineCa(front, { directory, name, madeAt });
    cas = { ours: await ca("ours"), ruined: await ca("ruined"), strangers: await ca("strangers") };
    exhibits = {
      set: await makeSets(place),
      certificate: await makeCertificates(cas, place),
      transaction: await makeTransactions(cas, place),
    };
    const rootCrl = parseRootCrl(
      await revokeIssuingCa(cas.ruined.authority, new Date(Date.now() - 3_600_000)),
    );
    await cas.ours.answer();
    await cas.ruined.answer((authority) => ({ ...authority, rootCrl }));
  });
  afterAll(async () => {
    await Promise.all(Object.values(cas ?? {}).map((each) => each.close()));
    await front?.close();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  describe.each(Object.keys(cases) as Task[])("the sample for a %s", (task) => {
    test.each(titled(cases[task]))("%s", async (_, name, expected) => {
      const { code, output, errors } = await run([...samples[task], ...exhibits[task][name]!]);
      if ("says" in expected) {
        expect({ code, errors: reasonIn(errors) }).toEqual({ code: 0, errors: undefined });
        expect(output).toContain(expected.says);
      } else {
        expect({ code, output }).toEqual({ code: 1, output: "" });
        expect(reasonIn(errors)).toMatch(expected.refusal);
      }
    });
  });
}

/** What a sample says on standard error in its own words, among what its libraries log there. */
const reasonIn = (errors: string): string | undefined => /^refused: ([^]*)/m.exec(errors)?.[1];

const titled = (some: Record<string, Expected>): [title: string, name: string, expected: Expected][] =>
  Object.entries(some).map(([name, expected]) => [
    "says" in expected ? `ok/${name}: accepted` : `fail/${name}: refused`,
    name,
    expected,
  ]);

function run([program = "", ...args]: string[]): Promise<{ code: number; output: string; errors: string }> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { env: process.env }, (error, output, errors) => {
      if (error && typeof error.code !== "number") reject(error);
      else resolve({ code: Number(error?.code ?? 0), output, errors });
    });
  });
}
