import { createTestDatabase, type TestDatabase } from "../../postgres/database.ts";

/** Databases for one test file; each test has one of its own, empty. */
export interface TestPostgres {
  /** Makes a database and returns its URL. */
  database(): Promise<string>;
  close(): Promise<void>;
}

export async function startTestPostgres(): Promise<TestPostgres> {
  const made: TestDatabase[] = [];
  return {
    async database() {
      const database = await createTestDatabase("empty");
      made.push(database);
      return database.url;
    },
    async close() {
      for (const database of made) await database.drop();
    },
  };
}
