import { describe, expect, test } from "@jest/globals";
import { openDatabase } from "../../../registry/database.ts";
import { audited, found, openLogForEachTest } from "./acts-log.ts";

openLogForEachTest();

describe("a manipulated database cannot hide rows from the verifier", () => {
  test("bad/a schema earlier in the search path, with its own log and its own jsonb_build_array", async () => {
    await audited.tamper("update audit_lines set subject = 'another' where act = 'issuance-intended'");
    await audited.pool.query(`create schema shadow;
      create table shadow.audit_lines as select * from public.audit_lines;
      create table shadow.revocations (like public.revocations);
      create function public.jsonb_build_array(bigint, text, text, text, jsonb) returns jsonb language sql
        as $$ select pg_catalog.jsonb_build_array($1, $2, $3, 'hidden', $5) $$;
      create function shadow.encode(bytea, text) returns text language sql as $$ select 'hidden' $$;
      do $do$ begin
        execute format('alter database %I set search_path = shadow, public, pg_catalog', current_database());
      end $do$`);
    const again = openDatabase(audited.pool.options.connectionString ?? "");
    try {
      expect((await again.query("show search_path")).rows).toEqual([{ search_path: "public,pg_temp" }]);
    } finally {
      await again.end();
    }
    expect(await found()).toMatchObject({ what: "edited" });
  });

  test("bad/a view in place of a table", async () => {
    await audited.pool.query(`alter table revocations rename to kept;
      create view revocations as select * from kept`);
    expect(await found()).toMatchObject({
      what: "table",
      detail: expect.stringContaining("public.revocations"),
    });
  });

  test("bad/rows that a policy hides", async () => {
    await audited.pool.query("alter table revocations enable row level security");
    expect(await found()).toMatchObject({
      what: "table",
      detail: expect.stringContaining("public.revocations"),
    });
  });
});
