/**
 * Preloaded into jest's processes by test.mjs: a jest worker whose parent was killed ends, and with it, by their guards or by
 * themselves, the servers that its tests have started.
 */
if (process.send !== undefined) process.once("disconnect", () => process.exit(1));
