import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { ClientBase } from "pg";
import {
  type Connection,
  isDatabaseUnavailable,
  openDatabase,
  transaction,
} from "../../../registry/database.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startTestRegistry();
});
afterAll(async () => {
  await registry?.close();
});

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

/** Ends the connection of a backend, as a restart of Postgres does. */
const end = (pid: number) => registry.pool.query("select pg_terminate_backend($1, 5000)", [pid]);

const backendOf = async (connection: Connection): Promise<number> =>
  (await connection.query<{ pid: number }>("select pg_backend_pid() as pid")).rows[0]!.pid;

test("ok/a connection that ends between two queries means that Postgres is unavailable, and does not end the process", async () => {
  const error = await failureOf(
    transaction(registry.pool, async (connection) => {
      const gone = new Promise<void>((resolve) => {
        (connection as ClientBase).once("end", resolve);
      });
      await end(await backendOf(connection));
      await gone;
      await connection.query("select 1");
    }),
  );
  expect(isDatabaseUnavailable(error)).toBe(true);
  expect((await registry.pool.query("select 1")).rowCount).toBe(1);
});

test("ok/a connection that ends during a query means that Postgres is unavailable", async () => {
  const error = await failureOf(
    transaction(registry.pool, async (connection) => {
      const pid = await backendOf(connection);
      await Promise.all([connection.query("select pg_sleep(30)"), end(pid)]);
    }),
  );
  expect(isDatabaseUnavailable(error)).toBe(true);
});

test("ok/nobody listens at the address", async () => {
  const nowhere = openDatabase("postgres://nobody@127.0.0.1:1/nothing");
  const error = await failureOf(nowhere.query("select 1"));
  expect(isDatabaseUnavailable(error)).toBe(true);
  await nowhere.end();
});

test.each([
  ["Connection terminated unexpectedly"],
  ["Connection terminated due to connection timeout"],
  ["timeout exceeded when trying to connect"],
  ["Client has encountered a connection error and is not queryable"],
])("ok/the driver's own message, without a code: %s", (message) => {
  expect(isDatabaseUnavailable(new Error(message))).toBe(true);
});

test("fail/an error of the engine does not mean that Postgres is unavailable", async () => {
  const error = await failureOf(registry.pool.query("select nothing from nowhere"));
  expect(isDatabaseUnavailable(error)).toBe(false);
  expect(isDatabaseUnavailable(new Error("Connection refused by the bank"))).toBe(false);
  expect(isDatabaseUnavailable("Connection terminated")).toBe(false);
});
