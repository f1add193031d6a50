const { ModuleMocker } = require("jest-mock");

/**
 * jest's `testEnvironment` (jest.config.mjs): the process as it is, without a vm context. What a test file changes in it is
 * put back after the file, so that the next file in the same worker starts as a first one does.
 */
module.exports = class ProcessEnvironment {
  global = globalThis;
  moduleMocker = new ModuleMocker(globalThis);
  #before = {
    variables: { ...process.env },
    directory: process.cwd(),
    exit: Object.getOwnPropertyDescriptor(process, "exit"),
    exitCode: process.exitCode,
    console: globalThis.console,
  };

  async setup() {}

  async teardown() {
    const { variables, directory, exit, exitCode, console } = this.#before;
    this.moduleMocker.restoreAllMocks();
    for (const name of Object.keys(process.env)) if (!(name in variables)) delete process.env[name];
    Object.assign(process.env, variables);
    process.chdir(directory);
    Object.defineProperty(process, "exit", exit); // jest wraps it for each file
    process.exitCode = exitCode;
    globalThis.console = console;
  }

  /** jest asks whether there is this method; only coverage by V8 would call it. */
  getVmContext() {
    return null;
  }
};
