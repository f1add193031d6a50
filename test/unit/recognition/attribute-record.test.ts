import { describe, expect, test } from "@jest/globals";
import { additionsAmong, learn } from "../../../domain/recognition/attribute-record.ts";
import type { RecordAttributes } from "../../../registry/attribute-record/records.ts";
import { hanako } from "./learned.ts";

const record = (more: Partial<RecordAttributes> = {}): RecordAttributes => ({ ...hanako, ...more });
const substituted = { name: "■　花子", nameSubstitution: "1000" };

describe("what belongs to an attribute", () => {
  const full = record({
    furigana: "ヨシ　ハナコ",
    formerName: "田中",
    movedAbroad: { plannedDate: "2027-01-01" },
  });

  test("ok/stays with the attribute when the card, which never has it, writes it in another way", () => {
    const { attributes, step, changed } = learn([full], { ...hanako, address: "東京都港区芝浦1-2-3" });
    expect({ step, changed }).toEqual({ step: "writing", changed: [] });
    expect(attributes).toEqual({ ...full, address: "東京都港区芝浦1-2-3" });
    expect(learn([full], hanako)).toEqual({ attributes: full, step: "nothing", changed: [] });
  });

  test("ok/goes with it when it has changed", () => {
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

  test("bad/flags of the text before are not those of another text; the same text keeps its own", () => {
    const before = record(substituted);
    expect(learn([before], { name: "髙　花子" }).attributes).toMatchObject({ nameSubstitution: "" });
    expect(learn([before], { name: substituted.name })).toMatchObject({ step: "nothing" });
  });

  test("bad/card and J-LIS in turn, one with a mark, in unlike texts: no version comes of it each time", () => {
    const known = record({ name: "林［佐藤］　花子" });
    expect(learn([known], substituted)).toEqual({ attributes: known, step: "nothing", changed: [] });
  });

  test("ok/furigana is taken with a name that says less", () => {
    const { attributes, step } = learn([record()], { ...substituted, furigana: "ヨシ　ハナコ" });
    expect({ step, attributes }).toEqual({
      step: "writing",
      attributes: record({ furigana: "ヨシ　ハナコ" }),
    });
  });

  test("ok/a planned move abroad is a change, and J-LIS's silence of it is none", () => {
    const planned = { address: hanako.address, movedAbroad: { plannedDate: "2027-01-01" } };
    const { attributes, changed } = learn([record()], planned);
    expect(changed).toEqual(["address"]);
    expect(learn([record(), attributes], { address: hanako.address })).toMatchObject({ step: "nothing" });
  });
});

describe("steps", () => {
  test("ok/the first that is proven is the first version; nothing proven is nothing", () => {
    expect(learn([], hanako)).toEqual({ attributes: hanako, step: "version", changed: [] });
    expect(learn([hanako], {})).toEqual({ attributes: hanako, step: "nothing", changed: [] });
  });

  test("ok/other furigana, and a birth date that says more, are versions in which nothing has changed", () => {
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

describe("what writings gain by each other", () => {
  test("ok/the newest by those before it, they by the newest; nothing across a change", () => {
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

  test("ok/a writing alone gains nothing", () => {
    expect(additionsAmong([hanako])).toEqual([{}]);
  });
});
