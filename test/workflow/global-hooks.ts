import { globalHandlers } from "@temporalio/worker/lib/workflow/vm-shared.js";

/**
 * Takes back what Temporal's worker puts on the whole process when it runs workflows in it: a promise hook and a stack
 * trace formatter. Left behind, the hook would look into the promises of whichever test file the same jest process
 * runs next, and on Node 24 it throws there.
 */
export function removeGlobalHooks(): void {
  globalHandlers.uninstall();
}
