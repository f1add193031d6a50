/** Everything the worker can run: the entry of the workflow bundle. */
export { issuanceSweep } from "./issuance/sweep.ts";
export { issuance } from "./issuance/workflow.ts";
