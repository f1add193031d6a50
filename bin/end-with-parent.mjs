/**
 * Preloaded into jest's processes by test.mjs: a worker of jest whose parent is gone, killed in the middle of a run, ends,
 * and with it, by their guards or by themselves, the servers that its tests have started.
 */
if (process.send !== undefined) process.once("disconnect", () => process.exit(1));
