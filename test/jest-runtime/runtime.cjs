const modules = require("node:module");
const { pathToFileURL } = require("node:url");

/** What `@jest/globals` exports to the test file that runs (globals.mjs). */
const GLOBALS = Symbol.for("kazasu.jest.globals");
/** Symbols of globalThis under which jest-circus keeps what belongs to one test file. */
const CIRCUS = ["JEST_STATE_SYMBOL", "EVENT_HANDLERS", "TEST_TIMEOUT_SYMBOL", "RETRY_TIMES_SETTER"];
const hooks = pathToFileURL(require.resolve("./modules.mjs"));

let files = 0;
let ready;

/** Node 20 has hooks only in a thread of their own, and a call for each module crosses to it. */
async function hookModules() {
  if (modules.registerHooks === undefined) modules.register(hooks);
  else modules.registerHooks(await import(hooks));
}

/**
 * jest's `runtime` (jest.config.mjs): Node loads a test file and what it imports, instead of jest's own module registry. Why:
 * docs/decisions/0038. All else is jest's: its workers, jest-circus with its time-outs, `expect`, the reporters.
 */
module.exports = class NodeRuntime {
  #environment;
  #file = ++files;

  constructor(_project, environment, _resolver, _transformer, _sources, { collectCoverage }) {
    if (collectCoverage) throw new Error("There is no coverage here: Node loads the modules, not jest.");
    this.#environment = environment;
  }

  unstable_shouldLoadAsEsm() {
    return true;
  }

  /** The number is handed on to all modules of ours that this file imports: modules.mjs. */
  async unstable_importModule(path) {
    await (ready ??= hookModules());
    const url = pathToFileURL(path);
    if (!url.pathname.includes("/node_modules/")) url.searchParams.set("test-file", this.#file);
    return import(url);
  }

  requireModule(path) {
    return require(path);
  }

  /** jest-circus, which keeps its state in its modules: each test file gets its own. */
  requireInternalModule(path) {
    this.#forgetCircus();
    delete require.cache[path];
    return require(path);
  }

  setGlobalsForRuntime(globals) {
    const { moduleMocker } = this.#environment;
    const jest = {
      fn: moduleMocker.fn.bind(moduleMocker),
      spyOn: moduleMocker.spyOn.bind(moduleMocker),
      restoreAllMocks: () => moduleMocker.restoreAllMocks(),
      setTimeout: (ms) => void (globalThis[Symbol.for("TEST_TIMEOUT_SYMBOL")] = ms),
    };
    globalThis[GLOBALS] = { ...globals, jest };
  }

  /** None: types are blanked out in place, so lines and columns are the source's. */
  getSourceMaps() {
    return new Map();
  }

  getAllCoverageInfoCopy() {
    return undefined;
  }

  enterTestCode() {}

  leaveTestCode() {}

  teardown() {
    this.#forgetCircus();
    delete globalThis[GLOBALS];
  }

  #forgetCircus() {
    for (const symbol of Object.getOwnPropertySymbols(globalThis))
      if (CIRCUS.includes(symbol.description)) delete globalThis[symbol];
  }
};
