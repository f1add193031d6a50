import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { foldMoves } from "../../../registry/console/counts.ts";
import { makePerson, moved, type Person } from "../notification/people.ts";
import { learned } from "../recognition/learned.ts";
import type { Browser } from "./browser.ts";
import { ConsoleWorld } from "./world.ts";

let world: ConsoleWorld;
let person: Person;
beforeAll(async () => {
  world = await ConsoleWorld.start();
  person = await makePerson(world.registry.pool);
  for (const furigana of ["ヤマダ　タロウ", "ﾔﾏﾀﾞ ﾀﾛｳ"])
    await learned(world.registry.pool, person.personId, { name: moved.name, furigana });
});
afterAll(() => world?.close());

const totals = async (browser: Browser) => {
  const { counts } = (await browser.get("/counts")).body as {
    counts: { lifecycle: string; state: string; count: number }[];
  };
  return Object.fromEntries(counts.map(({ lifecycle, state, count }) => [`${lifecycle} ${state}`, count]));
};

describe("what the console shows", () => {
  test("ok/counts follow each change, folded or not, also several of one row", async () => {
    const vera = await world.as("vera");
    const before = await totals(vera);
    const added = await makePerson(world.registry.pool);
    await foldMoves(world.registry.pool);
    const between = await totals(vera);
    expect(between["issuance active"]).toBe((before["issuance active"] ?? 0) + 1);
    await world.registry.pool.query("update enrolments set state = 'ended' where id = $1", [
      added.phone.enrolmentId,
    ]);
    const after = await totals(vera);
    expect(after["issuance active"]).toBe(before["issuance active"]);
    expect(after["issuance ended"]).toBe((before["issuance ended"] ?? 0) + 1);
  });

  test("ok/live: a change arrives without asking again", async () => {
    const vera = await world.as("vera");
    const abort = new AbortController();
    const response = await vera.fetch(`${world.url}/console/api/counts/live`, { signal: abort.signal });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toContain("event: counts");
    await world.registry.pool.query("update consents set state = 'withdrawn' where id = $1", [
      person.consentId,
    ]);
    let streamed = "";
    while (!/"consent","state":"withdrawn"/.test(streamed)) streamed += (await reader.read()).value ?? "";
    abort.abort();
  });

  test("ok/lists and timelines page by page, each row once", async () => {
    const vera = await world.as("vera");
    for (const path of ["/lifecycles?limit=1", `/persons/${person.personId}/timeline?limit=2`]) {
      const whole = (await vera.get(path.replace(/limit=\d/, "limit=200"))).body.rows as object[];
      const seen: object[] = [];
      for (let cursor: unknown = ""; cursor !== undefined; ) {
        const page = await vera.get(cursor === "" ? path : `${path}&before=${cursor as string}`);
        expect(page.status).toBe(200);
        seen.push(...(page.body.rows as object[]));
        cursor = page.body.cursor;
      }
      expect(whole.length).toBeGreaterThan(1);
      expect(seen).toEqual(whole);
    }
  });

  test("ok/a timeline has the versions of the record, and their writings", async () => {
    const vera = await world.as("vera");
    const { rows } = (await vera.get(`/persons/${person.personId}/timeline`)).body as {
      rows: { kind: string; id: string; state: string | null }[];
    };
    const record = rows.filter(({ kind }) => kind === "anchor" || kind === "writing");
    expect(record.map(({ kind, id, state }) => [kind, id, state])).toEqual([
      ["writing", "2-2", "j-lis"],
      ["writing", "2-1", "j-lis"],
      ["anchor", "2", "j-lis"],
      ["anchor", "1", "j-lis"],
    ]);
  });

  test("ok/found by id, serial and party; the certificate shows its state and its workflow in Temporal", async () => {
    const vera = await world.as("vera");
    const { personId, partyId, phone } = person;
    const found = async (q: string) => (await vera.get(`/search?q=${encodeURIComponent(q)}`)).body.found;
    expect(await found(phone.enrolmentId)).toEqual([{ kind: "enrolment", id: phone.enrolmentId, personId }]);
    const name = "abcdefghijklmnopqrstuvwx27";
    await world.registry.pool.query("update enrolments set pseudonym = $2 where id = $1", [
      phone.enrolmentId,
      name,
    ]);
    expect(await found(name)).toEqual([{ kind: "enrolment", id: phone.enrolmentId, personId }]);
    expect(await found(partyId)).toEqual([{ kind: "party", id: partyId, personId: null }]);
    expect(await found("' or true --\0")).toEqual([]);
    const { rows } = await world.registry.pool.query(
      "select serial from issuance_intents where enrolment_id = $1",
      [phone.enrolmentId],
    );
    const { serial } = rows[0];
    expect(await found(serial)).toEqual([{ kind: "certificate", id: serial, personId }]);
    expect((await vera.get(`/certificates/${serial}`)).body).toMatchObject({
      personId,
      temporal: expect.stringContaining(encodeURIComponent(`certificate/${phone.enrolmentId}`)),
    });
    expect((await vera.get("/health")).body).toMatchObject({ crls: [], checkpoint: null });
  });

  test.each(["issuance", "consent", "notification", "delivery", "change-detection"])(
    "ok/%s is listed, by state too",
    async (kind) => {
      const vera = await world.as("vera");
      const all = (await vera.get(`/lifecycles?kind=${kind}&limit=200`)).body.rows as { state: string }[];
      const counted = Object.entries(await totals(vera)).filter(([name]) => name.startsWith(`${kind} `));
      expect(all).toHaveLength(counted.reduce((sum, [, count]) => sum + count, 0));
      for (const [name, count] of counted) {
        const state = name.split(" ")[1]!;
        const { rows } = (await vera.get(`/lifecycles?kind=${kind}&state=${state}&limit=200`)).body;
        expect(rows).toEqual(all.filter((row) => row.state === state));
        expect(rows).toHaveLength(count);
      }
    },
  );

  test("fail/limits beyond a page, and invalid cursors", async () => {
    const vera = await world.as("vera");
    for (const path of [
      "/lifecycles?limit=100000",
      "/lifecycles?before=1_x",
      "/lifecycles?before=x",
      "/persons/x/timeline",
    ])
      expect((await vera.get(path)).status).toBe(400);
  });
});
