import { describe, expect, test } from "@jest/globals";
import { additionsAmong, learn } from "../../../domain/recognition/attribute-record.ts";
import type { RecordAttributes } from "../../../registry/attribute-record/records.ts";
import { hanako } from "./learned.ts";

const record = (more: Partial<RecordAttributes> = {}): RecordAttributes => ({ ...hanako, ...more });
const substituted = { name: "■　花子", nameSubstitution: "1000" };

describe("members that belong to an attribute", () => {
  const full = record({
    furigana: "ヨシ　ハナコ",
    formerName: "田中",
    movedAbroad: { plannedDate: "2027-01-01" },
  });

  test("ok/stay with the attribute when the card, which never has them, writes it differently", () => {
    const { attributes, step, changed } = learn([full], { ...hanako, address: "東京都港区芝浦1-2-3" });
    expect({ step, changed }).toEqual({ step: "writing", changed: [] });
    expect(attributes).toEqual({ ...full, address: "東京都港区芝浦1-2-3" });
    expect(learn([full], hanako)).toEqual({ attributes: full, step: "nothing", changed: [] });
  });

  test("ok/are dropped with it when it has changed", () => {
    const { attributes, changed } = learn([full], { name: "佐藤　花子", address: "奈良県橿原市四条町１" });
    expect(changed).toEqual(["name", "address"]);
    expect(attributes).toEqual({
      ...hanako,
      name: "佐藤　花子",
      nameSubstitution: "",
      address: "奈良県橿原市四条町１",
      addressSubstitution: "",
    });
  });

  test("bad/substitution flags of an earlier text do not apply to another text; the same text keeps its own", () => {
    const before = record(substituted);
    expect(learn([before], { name: "髙　花子" }).attributes).toMatchObject({ nameSubstitution: "" });
    expect(learn([before], { name: substituted.name })).toMatchObject({ step: "nothing" });
  });

  test("bad/card and J-LIS in turn, one with a mark, in unlike texts: no version comes of it each time", () => {
    const known = record({ name: "林［佐藤］　花子" });
    expect(learn([known], substituted)).toEqual({ attributes: known, step: "nothing", changed: [] });
  });

  test("ok/furigana is taken from a name that is less exact", () => {
    const { attributes, step } = learn([record()], { ...substituted, furigana: "ヨシ　ハナコ" });
    expect({ step, attributes }).toEqual({
      step: "writing",
      attributes: record({ furigana: "ヨシ　ハナコ" }),
    });
  });

  test("ok/a planned move abroad is a change; J-LIS not mentioning it is none", () => {
    const planned = { address: hanako.address, movedAbroad: { plannedDate: "2027-01-01" } };
    const { attributes, changed } = learn([record()], planned);
    expect(changed).toEqual(["address"]);
    expect(learn([record(), attributes], { address: hanako.address })).toMatchObject({ step: "nothing" });
  });
});

describe("steps", () => {
  test("ok/the first proven attributes are the first version; without proof there is no version", () => {
    expect(learn([], hanako)).toEqual({ attributes: hanako, step: "version", changed: [] });
    expect(learn([hanako], {})).toEqual({ attributes: hanako, step: "nothing", changed: [] });
  });

  test("ok/other furigana, and a more exact birth date, are versions without a change", () => {
    const before = record({ furigana: "ヨシ　ハナコ" });
    expect(learn([before], { name: hanako.name, furigana: "キチ　ハナコ" })).toMatchObject({
      step: "version",
      changed: [],
    });
    expect(learn([before], { dateOfBirth: "319800400" })).toMatchObject({ step: "version", changed: [] });
  });

  test("bad/a birth date that drifts by way of a less certain one is a change", () => {
    const [exact, year] = [record({ dateOfBirth: "319800415" }), record({ dateOfBirth: "319800000" })];
    expect(learn([exact, year], { dateOfBirth: "319800620" }).changed).toEqual(["dateOfBirth"]);
  });
});

describe("what writings add to each other", () => {
  test("ok/earlier writings complete the newest and the newest completes them; nothing crosses a change", () => {
    const writings = [
      record({ name: "田中　太郎" }),
      record({ name: "●■　花子", nameSubstitution: "11000" }),
      record({ name: "●﨑　花子", nameSubstitution: "10000" }),
      record({ name: "髙■　花子", nameSubstitution: "01000", furigana: "タカサキ　ハナコ" }),
    ];
    const known = { name: "髙﨑　花子", nameSubstitution: "00000" };
    expect(additionsAmong(writings)).toEqual([
      {},
      { ...known, furigana: "タカサキ　ハナコ" },
      { ...known, furigana: "タカサキ　ハナコ" },
      known,
    ]);
  });

  test("ok/a single writing has no additions", () => {
    expect(additionsAmong([hanako])).toEqual([{}]);
  });
});
