import type { Pool } from "pg";
import type { Logger } from "pino";
import { countedJlis } from "../activities/j-lis/counted.ts";
import { jlisOverHttp } from "../activities/j-lis/http.ts";
import type { JLis } from "../activities/j-lis/j-lis.ts";
import { countJlisCall } from "../registry/change-detection/jlis-calls.ts";
import type { Configuration } from "./configuration.ts";

/** The configured J-LIS, with billed calls counted in the registry. */
export function connectJlis(
  { KAZASU_JLIS_URL: url }: Pick<Configuration, "KAZASU_JLIS_URL">,
  { pool, clock, log }: { pool: Pool; clock: () => Date; log: Pick<Logger, "warn"> },
): JLis {
  return countedJlis(jlisOverHttp(url), (call) => {
    countJlisCall(pool, call, clock()).catch((error: Error) =>
      log.warn({ errorName: error.name, call }, "a call to J-LIS was not counted"),
    );
  });
}
