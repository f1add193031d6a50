import { beforeAll, describe, expect, test } from "@jest/globals";
import { differences, encodesAgain } from "./differential.ts";
import { innerStructures } from "./inner-structures.ts";
import { type Structure, structures } from "./structures.ts";

/** `KAZASU_FUZZ_RUNS` and `KAZASU_FUZZ_SEED` for a long run by hand; what came of it is in fuzz-results.md. */
const runs = Number(process.env.KAZASU_FUZZ_RUNS ?? 500);
const seed = Number(process.env.KAZASU_FUZZ_SEED ?? 20_261_130);
const outer = ["certificate", "cms", "basic-ocsp-response", "ocsp-response", "ocsp-request", "csr", "crl"];
const inner = innerStructures();
const names = [...outer, ...Object.keys(inner)];
let all: Record<string, Structure>;
beforeAll(async () => {
  all = { ...(await structures()), ...inner };
});

describe("the cursor accepts nothing that the schema library with encoding again refuses", () => {
  test("ok/every structure has its name here", () => {
    expect(Object.keys(all)).toEqual(names);
  });

  test.each(names)(
    "ok/%s",
    (name) => {
      const structure = all[name]!;
      for (const specimen of structure.specimens) {
        expect(structure.read(specimen)).not.toBe(false);
        expect(encodesAgain(specimen, structure.schema)).toBe(true);
      }
      const { accepted, lenient } = differences(structure, runs, seed);
      expect(lenient).toEqual([]);
      expect(accepted).toBeGreaterThan(runs / 100);
      if (process.env.KAZASU_FUZZ_RUNS)
        process.stderr.write(`${name}: ${runs} mutations, ${accepted} accepted\n`);
    },
    runs * 20,
  );
});
