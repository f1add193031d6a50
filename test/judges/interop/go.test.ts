import { join } from "node:path";
import { describe, test } from "@jest/globals";
import { judgeFetching } from "./fetching.ts";
import { judgeSamples } from "./judging.ts";

const programs = process.env["KAZASU_INTEROP_GO"];

if (programs) {
  judgeFetching([join(programs, "fetch-change")]);
  judgeSamples({
    set: [join(programs, "verify-set")],
    certificate: [join(programs, "verify-certificate")],
    transaction: [join(programs, "verify-transaction")],
  });
} else
  describe("the samples in Go", () =>
    test.skip("they are left out: there is no Go of 1.26 or later here", () => {}));
