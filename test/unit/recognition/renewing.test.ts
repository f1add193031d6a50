import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  additionsRow,
  type RecordAttributes,
  readAttributeRecord,
  recordRow,
} from "../../../registry/attribute-record/records.ts";
import { readWritings } from "../../../registry/attribute-record/writings.ts";
import { sealer } from "../notification/people.ts";
import { insert, startTestRegistry, type TestRegistry } from "../notification/postgres.ts";
import { hanako, learned } from "./learned.ts";

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startTestRegistry();
});
afterAll(async () => registry?.close());

/** A person of whom this is proven, one after the other; what each came to. */
async function proven(...steps: Partial<RecordAttributes>[]) {
  const personId = randomUUID();
  await insert(registry.pool, "persons", { id: personId });
  const outcomes = [];
  for (const step of steps) outcomes.push(await learned(registry.pool, personId, step));
  const { attributes } = (await readAttributeRecord(registry.pool, sealer, personId))!;
  return {
    personId,
    attributes,
    changed: outcomes.map(({ changed }) => changed),
    places: outcomes.map(({ version, writing }) => `${version}.${writing}`),
  };
}
const rowsOf = async (personId: string) =>
  (
    await registry.pool.query(
      "select * from anchor_writings where person_id = $1 order by version, writing",
      [personId],
    )
  ).rows;

const substituted = { ...hanako, name: "■　花子", nameSubstitution: "1000" };
const known = { name: "𠮷　花子", nameSubstitution: "0000" };

describe("the record learns", () => {
  test("bad/a name that a certificate can write in place of a substitute mark is asked about, and the next one is another name", async () => {
    const { changed, places, attributes } = await proven(
      substituted,
      { name: "林　花子", nameSubstitution: "0000" },
      { name: "佐藤　花子", nameSubstitution: "00000" },
    );
    expect({ changed, places }).toEqual({
      changed: [[], [], ["name"]],
      places: ["1.0", "2.0", "3.0"],
    });
    expect(attributes.name).toBe("佐藤　花子");
  });

  test("ok/a substitute, a name behind it, another name: the last is a change", async () => {
    const { changed, attributes } = await proven(
      substituted,
      { name: "髙　花子", nameSubstitution: "0000" },
      { name: "佐藤　花子", nameSubstitution: "00000" },
    );
    expect(changed).toEqual([[], [], ["name"]]);
    expect(attributes.name).toBe("佐藤　花子");
  });

  test("ok/the character behind a substitute is learned, and the next real change is found", async () => {
    const once = await proven(substituted, known);
    expect(once).toMatchObject({ changed: [[], []], places: ["1.0", "1.1"] });
    expect(once.attributes.name).toBe("𠮷　花子");
    const twice = await proven(substituted, known, { name: "佐藤　花子", nameSubstitution: "00000" });
    expect(twice).toMatchObject({ changed: [[], [], ["name"]], places: ["1.0", "1.1", "2.0"] });
    expect(twice.attributes.name).toBe("佐藤　花子");
  });

  test("ok/a whole birth date where the year was known: a version that people are asked about, and no change", async () => {
    const once = await proven(hanako, { dateOfBirth: "319800415" });
    expect(once).toMatchObject({ changed: [[], []], places: ["1.0", "2.0"] });
    expect(once.attributes.dateOfBirth).toBe("319800415");
    const twice = await proven(hanako, { dateOfBirth: "319800415" }, { dateOfBirth: "319800620" });
    expect(twice.changed).toEqual([[], [], ["dateOfBirth"]]);
  });

  test("ok/furigana that comes with an unchanged name", async () => {
    const { changed, places, attributes } = await proven(hanako, {
      name: hanako.name,
      furigana: "ヨシ　ハナコ",
    });
    expect({ changed, places }).toEqual({ changed: [[], []], places: ["1.0", "1.1"] });
    expect(attributes.furigana).toBe("ヨシ　ハナコ");
  });

  test("ok/an equivalent writing becomes the newest; the same again adds nothing", async () => {
    const address = "東京都港区芝浦1-2-3";
    const { places, attributes, personId } = await proven(hanako, { address }, { address });
    expect(places).toEqual(["1.0", "1.1", "1.1"]);
    expect(attributes).toEqual({ ...hanako, address });
    const before = await readAttributeRecord(registry.pool, sealer, personId, 1, 0);
    expect(before?.attributes).toEqual(hanako);
  });

  test("bad/a less exact writing is not learned: a known name is not lost behind a substitute", async () => {
    const { changed, places, attributes } = await proven(
      { ...hanako, dateOfBirth: "319800415" },
      { name: "■　花子", nameSubstitution: "1000", dateOfBirth: "319800000" },
      { name: "佐藤　花子", nameSubstitution: "" },
    );
    expect({ changed, places }).toEqual({ changed: [[], [], ["name"]], places: ["1.0", "1.0", "2.0"] });
    expect(attributes.dateOfBirth).toBe("319800415");
  });

  test("bad/two names that each equal a third, but not each other, are a change", async () => {
    const { changed } = await proven(
      { ...hanako, name: "●■　花子", nameSubstitution: "11000" },
      { name: "●﨑　花子", nameSubstitution: "10000" },
      { name: "髙■　花子", nameSubstitution: "01000" },
      { name: "𠮷﨑　花子", nameSubstitution: "00000" },
    );
    expect(changed).toEqual([[], [], [], ["name"]]);
  });
});

describe("what is stored of a writing", () => {
  test("ok/sealed under its own place, with J-LIS's answer; an audit line that says which, and nothing else", async () => {
    const { personId } = await proven(substituted, known);
    const [row] = await rowsOf(personId);
    expect(row).toMatchObject({ version: 1, writing: 1, source: "j-lis", evidence_id: null });
    expect(Buffer.from(row.attributes).toString()).not.toContain("𠮷");
    expect(JSON.parse(sealer.open(row.attributes, recordRow(personId, 1, 1)).toString())).toMatchObject(
      known,
    );
    expect(sealer.open(row.register_answer, `${recordRow(personId, 1, 1)}/register-answer`).toString()).toBe(
      "answer",
    );
    const { rows: lines } = await registry.pool.query(
      "select detail from audit_lines where act = 'writing-added' and subject = $1",
      [personId],
    );
    expect(lines).toEqual([{ detail: { version: 1, writing: 1, source: "j-lis" } }]);
  });

  test("ok/additions to earlier writings are stored beside them; the proven text stays", async () => {
    const { personId } = await proven(substituted, { ...known, furigana: "ヨシ　ハナコ" });
    const { rows } = await registry.pool.query(
      "select attributes, additions from anchors where person_id = $1",
      [personId],
    );
    expect(JSON.parse(sealer.open(rows[0].attributes, recordRow(personId, 1)).toString())).toEqual(
      substituted,
    );
    expect(JSON.parse(sealer.open(rows[0].additions, additionsRow(personId, 1, 0)).toString())).toEqual({
      ...known,
      furigana: "ヨシ　ハナコ",
    });
    const [first] = await readWritings(registry.pool, sealer, personId);
    expect(first?.attributes).toEqual({ ...hanako, ...known, furigana: "ヨシ　ハナコ" });
  });

  test("bad/a sealed value moved to another writing, version or person does not open", async () => {
    const one = await proven(substituted, known);
    const other = await proven(substituted, known);
    await registry.pool.query(
      `update anchor_writings set attributes = (select attributes from anchor_writings where person_id = $1)
       where person_id = $2`,
      [one.personId, other.personId],
    );
    await expect(readAttributeRecord(registry.pool, sealer, other.personId)).rejects.toThrow();
    await registry.pool.query(
      `update anchor_writings set attributes = (select attributes from anchors where person_id = $1) where person_id = $1`,
      [one.personId],
    );
    await expect(readAttributeRecord(registry.pool, sealer, one.personId)).rejects.toThrow();
    await expect(readAttributeRecord(registry.pool, sealer, one.personId, 1, 0)).resolves.toBeDefined();
  });

  test("ok/a writing is deleted with its version", async () => {
    const { personId } = await proven(substituted, known);
    await registry.pool.query("delete from anchors where person_id = $1", [personId]);
    expect(await rowsOf(personId)).toEqual([]);
  });

  test("bad/answers at once become successive writings, without a gap", async () => {
    const { personId } = await proven(hanako);
    const writings = ["東京都港区芝浦1-2-3", "東京都港区芝浦１-２-３", "東京都港区芝浦1－2－3"];
    await Promise.all(
      [...writings, ...writings].map((address) => learned(registry.pool, personId, { address })),
    );
    const places = (await rowsOf(personId)).map(({ version, writing }) => `${version}.${writing}`);
    expect(places).toEqual(places.map((_, index) => `1.${index + 1}`));
    expect(places.length).toBeGreaterThanOrEqual(3);
  });
});
