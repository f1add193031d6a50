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
}
// Debian 12 has an older Go than the modules require: then nothing is judged, and the run is not recorded as passed.
else
  describe("the samples in Go", () =>
    test.skip("they are left out: there is no Go of 1.26 or later here", () => {}));
