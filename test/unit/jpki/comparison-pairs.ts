import { expect, test } from "@jest/globals";
import { type ComparedAttributes, changedAttributes } from "../../../pki/jpki/comparison.ts";

const someone: ComparedAttributes = {
  name: "山田　花子",
  address: "東京都港区芝浦一丁目２番３号",
  dateOfBirth: "419900415",
  sex: "female",
};

/** Two texts, with flags behind a slash where there are any: `髙田/10`. */
type Pair = [before: string, after: string];

function changes(attribute: "name" | "address" | "dateOfBirth", pair: Pair): string[] {
  const [before, after] = pair.map((writing): ComparedAttributes => {
    const [text = "", flags] = writing.split("/");
    return { ...someone, [attribute]: text, ...(flags ? { [`${attribute}Substitution`]: flags } : {}) };
  });
  const found = changedAttributes(before!, after!);
  expect(changedAttributes(after!, before!)).toEqual(found);
  return found;
}

export const noChange = (attribute: "name" | "address" | "dateOfBirth", pairs: Pair[]) =>
  test.each(pairs)("ok/%s is %s", (...pair) => {
    expect(changes(attribute, pair)).toEqual([]);
  });
export const change = (attribute: "name" | "address" | "dateOfBirth", pairs: Pair[]) =>
  test.each(pairs)("bad/%s is not %s", (...pair) => {
    expect(changes(attribute, pair)).toEqual([attribute]);
  });
