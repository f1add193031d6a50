import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Client } from "pg";
import { createTestDatabase } from "../../postgres/database.ts";

interface Cluster {
  address: string;
  pid(): Promise<number>;
  close(): Promise<void>;
}
const { startTestCluster } = (await import(new URL("../../postgres/cluster.mjs", import.meta.url).href)) as {
  startTestCluster: (say: (words: string) => void) => Promise<Cluster>;
};

/** The cluster that all test files share, here with one of its own to kill. */
let cluster: Cluster;
const said: string[] = [];
beforeAll(async () => {
  cluster = await startTestCluster((words) => said.push(words));
});
afterAll(() => cluster?.close());

async function ask<T>(url: string, text: string): Promise<T[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as T[];
  } finally {
    await client.end();
  }
}

test("ok/two databases of the registry's schema are independent; an empty one has no tables", async () => {
  const [one, two, empty] = await Promise.all(
    (["registry", "registry", "empty"] as const).map((kind) => createTestDatabase(kind, cluster.address)),
  );
  await ask(one!.url, "insert into persons (id) values (gen_random_uuid())");
  expect(await ask(one!.url, "select count(*)::int as persons from persons")).toEqual([{ persons: 1 }]);
  expect(await ask(two!.url, "select count(*)::int as persons from persons")).toEqual([{ persons: 0 }]);
  const tables = "select count(*)::int as tables from pg_tables where schemaname = 'public'";
  expect(await ask(empty!.url, tables)).toEqual([{ tables: 0 }]);
  expect(await ask(one!.url, "show fsync")).toEqual([{ fsync: "off" }]);
  await one!.drop();
  await expect(ask(one!.url, "select 1")).rejects.toMatchObject({ code: "3D000" }); // no such database
});

test("fail/it dies: a later request gets an error that says how, with its last output", async () => {
  const database = await createTestDatabase("empty", cluster.address);
  process.kill(await cluster.pid(), "SIGKILL");
  const sentence =
    /^The Postgres of the tests died: .*ended by SIGKILL\. Its last output: .*ready to accept/s;
  // Until its end has reached us, an answer is that of a connection nobody takes.
  for (;;) {
    const failure = await database.drop().catch((error: Error) => error.message);
    if (sentence.test(String(failure))) break;
  }
  await expect(createTestDatabase("registry", cluster.address)).rejects.toThrow(sentence);
  expect(said).toEqual([expect.stringMatching(sentence)]);
});
