/** A database in the tests' cluster (see cluster.mjs), for one test file or one test. */
export interface TestDatabase {
  url: string;
  /** Drops it, with the connections that are still open. */
  drop(): Promise<void>;
}

/**
 * @param kind `registry` has the engine's schema, `empty` nothing
 * @param cluster address of the cluster; that of this run of jest when absent
 * @throws Error that says why the cluster is not there: it could not be started, or has died
 */
export async function createTestDatabase(
  kind: "registry" | "empty",
  cluster = process.env["KAZASU_TEST_CLUSTER"],
): Promise<TestDatabase> {
  if (cluster === undefined)
    throw new Error("There is no cluster for tests: this project of jest.config.mjs lacks its globalSetup.");
  const url = await ask("POST", `${cluster}/${kind}`);
  return { url, drop: async () => void (await ask("DELETE", `${cluster}${new URL(url).pathname}`)) };
}

async function ask(method: string, address: string): Promise<string> {
  const answer = await fetch(address, { method }).catch((cause: unknown) => {
    throw new Error("The run of jest that keeps the tests' Postgres has ended.", { cause });
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
}
