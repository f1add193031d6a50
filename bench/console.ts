import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pool } from "pg";
import { foldMoves, readCounts } from "../registry/console/counts.ts";
import { listTroubled } from "../registry/console/deliveries.ts";
import { listLifecycles } from "../registry/console/lifecycles.ts";
import { search } from "../registry/console/search.ts";
import { readTimeline } from "../registry/console/timeline.ts";
import { startRegistry } from "./registry.ts";
import { median } from "./runs.ts";

const sizes = [1_000, 100_000];
const rounds = 200;
const aim = 1.5;

/** `npm run bench:console`: what the console's queries take with 10^3 and with 10^5 lifecycles, p50. */
export async function bench(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "kazasu-bench-"));
  const registry = await startRegistry(directory);
  try {
    const measured: Record<string, number>[] = [];
    let held = 0;
    for (const size of sizes) {
      await fill(registry.pool, held + 1, size);
      held = size;
      measured.push(await measure(registry.pool));
    }
    const [few = {}, many = {}] = measured;
    for (const [name, ms] of Object.entries(many)) {
      const growth = ms / (few[name] ?? Number.NaN);
      const figures = `${few[name]?.toFixed(2)} ms → ${ms.toFixed(2)} ms, ${growth.toFixed(2)} times`;
      console.log(`${growth <= aim ? "✓" : "✗"} ${name}: ${figures} (aim ≤ ${aim})`);
    }
  } finally {
    await registry.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Ids that the queries below can name: md5 of a number, as a UUID. */
const id = (kind: string) => `md5('${kind}' || n)::uuid`;

async function fill(pool: Pool, from: number, to: number): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("set statement_timeout = 0");
    await client.query(
      "insert into parties (id, name_ja, name_en) values ('bank', '銀行', 'Bank') on conflict do nothing",
    );
    await client.query(
      "insert into apps (party_id, id, attestation) values ('bank', 'app', 'optional') on conflict do nothing",
    );
    const every = async (text: string) =>
      client.query(`${text} from generate_series($1::integer, $2::integer) n`, [from, to]);
    await every(`insert into persons (id) select ${id("person")}`);
    await every(`insert into evidence (id, enrolment_id, application_sha256, sealed)
      select ${id("evidence")}, ${id("enrolment")}, n::text, ''`);
    await every(
      `insert into applications (enrolment_id, evidence_id) select ${id("enrolment")}, ${id("evidence")}`,
    );
    await every(`insert into enrolments (id, person_id, party_id, app_id, pseudonym, spki_sha256, state, created_at)
      select ${id("enrolment")}, ${id("person")}, 'bank', 'app', n::text, n::text,
        case when n % 50 = 0 then 'ended' else 'active' end, now() - n * interval '1 second'`);
    await every(`insert into security_events (jti, party_id, event, claims, state, attempts)
      select ${id("event")}, 'bank', 'urn:x', '{}', case when n % 500 = 0 then 'dead-lettered' else 'delivered' end, 1`);
    while ((await foldMoves(pool)) > 0);
    await client.query("vacuum analyze");
  } finally {
    client.release(true);
  }
}

async function measure(pool: Pool): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ id: string; person: string }>(
    "select id, person_id as person from enrolments order by md5(id::text) limit 1",
  );
  const { id: some = "", person = "" } = rows[0] ?? {};
  const queries = {
    counts: () => readCounts(pool),
    "newest lifecycles": () => listLifecycles(pool, "issuance", { limit: 50 }),
    "lifecycles of a state": () => listLifecycles(pool, "issuance", { state: "ended", limit: 20 }),
    timeline: () => readTimeline(pool, person, { limit: 50 }),
    search: () => search(pool, some),
    "dead letters": () => listTroubled(pool, "dead-lettered", { limit: 2 }),
  };
  const found: Record<string, number> = {};
  for (const [name, ask] of Object.entries(queries)) {
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const begun = performance.now();
      await ask();
      times.push(performance.now() - begun);
    }
    found[name] = median(times);
  }
  return found;
}
