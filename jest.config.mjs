const project = (name, more = {}) => ({
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  setupFiles: ["reflect-metadata"],
  modulePathIgnorePatterns: ["<rootDir>/(?!node_modules/)(.*/)?dist/", "<rootDir>/var/"],
  // Node loads the modules, and each worker keeps the packages it has loaded (docs/decisions/0038).
  runtime: "<rootDir>/test/jest-runtime/runtime.cjs",
  testEnvironment: "<rootDir>/test/jest-runtime/environment.cjs",
  transform: {},
  ...more,
});

/** For tests that ask for a database (test/postgres/database.ts); without one that asks it costs nothing. */
const onCluster = {
  globalSetup: "<rootDir>/test/postgres/global-setup.mjs",
  globalTeardown: "<rootDir>/test/postgres/global-teardown.mjs",
};

export default {
  // Twice the cores of a small machine: integration tests mostly wait for the stack.
  maxWorkers: 4,
  // The only time limit of a test, generous enough for a busy machine. Speed is measured in bench/.
  testTimeout: 300_000,
  projects: [
    project("unit", onCluster),
    project("workflow"),
    project("replay"),
    project("integration", {
      globalSetup: "<rootDir>/test/integration/global-setup.mjs",
      globalTeardown: "<rootDir>/test/integration/global-teardown.mjs",
    }),
    // Requires programs that `npm test` must not need: `npm run test:judges` installs them.
    ...(process.env.KAZASU_JUDGES ? [project("judges", onCluster)] : []),
    ...(process.env.KAZASU_BROWSER ? [project("browser")] : []),
  ],
};
