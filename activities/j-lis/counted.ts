import type { JlisCall } from "../../registry/change-detection/jlis-calls.ts";
import type { JLis } from "./j-lis.ts";

/**
 * J-LIS with each call that it bills for counted, answered or not. Counting is never in the way: `count` has nobody wait
 * for it, and says itself where it fails.
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
