const transform = {
  "^.+\\.ts$": [
    "@swc/jest",
    {
      jsc: { parser: { syntax: "typescript", decorators: true }, target: "es2022" },
      module: { type: "es6" },
      sourceMaps: "inline",
    },
  ],
};

const project = (name, more = {}) => ({
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  extensionsToTreatAsEsm: [".ts"],
  testEnvironment: "node",
  setupFiles: ["reflect-metadata"],
  modulePathIgnorePatterns: ["<rootDir>/(?!node_modules/)(.*/)?dist/", "<rootDir>/var/"],
  // docs/examples import what a party installs; here that is the rooms themselves.
  moduleNameMapper: {
    "^@kazasu/(protocol|pki)$": "<rootDir>/$1/index.ts",
    "^@kazasu/(protocol|pki)/(.+)$": "<rootDir>/$1/$2.ts",
    "^@kazasu/(app|relying-party|engine)$": "<rootDir>/client/$1/index.ts",
  },
  transform,
  ...more,
});

/** For tests that ask for a database (test/postgres/database.ts); without one that asks it costs nothing. */
const onCluster = {
  globalSetup: "<rootDir>/test/postgres/global-setup.mjs",
  globalTeardown: "<rootDir>/test/postgres/global-teardown.mjs",
};

export default {
  // One more than the cores of a small machine: integration tests mostly wait for what the stack does.
  maxWorkers: 3,
  // The only limit of a test, and a generous one: what it waits for comes sooner or later on a busy machine, too. How fast
  // something is belongs in bench/.
  testTimeout: 300_000,
  projects: [
    project("unit", onCluster),
    project("workflow"),
    project("replay"),
    project("integration", {
      globalSetup: "<rootDir>/test/integration/global-setup.mjs",
      globalTeardown: "<rootDir>/test/integration/global-teardown.mjs",
    }),
    // Wants programs that `npm test` must do without: `npm run test:judges` brings them.
    ...(process.env.KAZASU_JUDGES ? [project("judges", onCluster)] : []),
    ...(process.env.KAZASU_BROWSER ? [project("browser")] : []),
  ],
};
