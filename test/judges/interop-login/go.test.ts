import { join } from "node:path";
import { describe, test } from "@jest/globals";
import { judgeLogins } from "./judging.ts";

/** go-oidc 3 with x/oauth2, and zitadel/oidc 3 (Go modules). */

const programs = process.env["KAZASU_LOGIN_GO"];

if (programs)
  judgeLogins(
    ["go-oidc", "zitadel"].map((name) => ({
      name,
      callback: "/callback",
      comparesIssuer: true,
      command: () => ({ program: join(programs, name), args: [], ready: /open http/ }),
    })),
  );
// Debian 12 has an older Go than the modules require: then nothing is judged, and the run is not recorded as passed.
else describe("go-oidc", () => test.skip("it is left out: there is no go of 1.21 or later here", () => {}));
