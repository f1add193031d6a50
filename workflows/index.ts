/** Everything the worker can run: the entry of the workflow bundle. */
export { issuance } from "./issuance/workflow.ts";
