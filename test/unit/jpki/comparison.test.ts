import { describe, expect, test } from "@jest/globals";
import { type ComparedAttributes, changedAttributes } from "../../../pki/jpki/comparison.ts";

const before: ComparedAttributes = {
  name: "髙﨑　美咲",
  nameSubstitution: "00000",
  address: "東京都港区芝浦一丁目２番３号",
  addressSubstitution: "",
  dateOfBirth: "419900415",
  sex: "female",
};
const changed = (after: Partial<ComparedAttributes>, from: Partial<ComparedAttributes> = {}) =>
  changedAttributes({ ...before, ...from }, { ...before, ...after });

describe("what counts as a change", () => {
  test.each<[string, Partial<ComparedAttributes>, string[]]>([
    ["a new address", { address: "大阪府堺市北区百舌鳥三丁目４５番地" }, ["address"]],
    ["another surname", { name: "佐藤　美咲" }, ["name"]],
    ["another given name of the same length", { name: "髙﨑　美紀" }, ["name"]],
    ["a corrected day of birth", { dateOfBirth: "419900416" }, ["dateOfBirth"]],
    ["another entry of sex", { sex: "unknown" }, ["sex"]],
    ["a planned move abroad", { movedAbroad: { plannedDate: "2027-01-01" } }, ["address"]],
    ["all at once", { name: "佐藤　美咲", address: "奈良県橿原市", sex: "male" }, ["name", "address", "sex"]],
  ])("ok/%s", (_, after, attributes) => {
    expect(changed(after)).toEqual(attributes);
  });

  test.each<[string, Partial<ComparedAttributes>, Partial<ComparedAttributes>?]>([
    ["nothing at all", {}],
    ["高 for 髙 and 崎 for 﨑", { name: "高崎　美咲" }],
    ["a substitute for a character", { name: "●﨑　美咲", nameSubstitution: "10000" }],
    ["kana for one character", { name: "タカ﨑　美咲", nameSubstitution: "110000" }],
    ["the character where a substitute was", {}, { name: "■﨑　美咲", nameSubstitution: "10000" }],
    ["half-width digits and spaces", { address: "東京都港区芝浦一丁目2番3号", name: "髙﨑 美咲" }],
    [
      "a compatibility ideograph",
      { address: "福岡県福岡市東区香椎駅前二丁目塚" },
      { address: "福岡県福岡市東区香椎駅前二丁目塚" },
    ],
    ["a former surname shown beside the name", { name: "髙﨑［田中］　美咲", nameSubstitution: "" }],
    ["a month that was unknown", {}, { dateOfBirth: "419900000" }],
    ["an unknown era", { dateOfBirth: "019900415" }],
    ["another dash", { address: "奈良県橿原市７８−９" }, { address: "奈良県橿原市78-9" }],
  ])("fail/no change: %s", (_, after, from = {}) => {
    expect(changed(after, from)).toEqual([]);
  });

  test("ok/a long address full of substitutes is compared quickly", () => {
    const flags = "1".repeat(200);
    const long = { address: "■".repeat(200), addressSubstitution: flags };
    expect(changed({ address: `${"𠮷".repeat(199)}𩸽` }, long)).toEqual([]);
  });
});
