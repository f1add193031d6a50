import type { JlisCall } from "../../registry/change-detection/jlis-calls.ts";
import type { JLis } from "./j-lis.ts";

/**
 * J-LIS with a counter of each call that it bills for, answered or not. Counting never delays a call: `count` does not block,
 * and reports its own failures.
 */
export function countedJlis(jlis: JLis, count: (call: JlisCall) => void): JLis {
  return {
    ...jlis,
    askStatus(request) {
      count("status");
      return jlis.askStatus(request);
    },
    predecessors(certificate) {
      count("linkage");
      return jlis.predecessors(certificate);
    },
    successor(certificate) {
      count("linkage");
      return jlis.successor(certificate);
    },
    latestAttributes(question) {
      count("attributes");
      return jlis.latestAttributes(question);
    },
  };
}
