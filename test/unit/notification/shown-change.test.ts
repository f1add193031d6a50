import { describe, expect, test } from "@jest/globals";
import { shownText } from "../../../domain/notification/shown-change.ts";
import { shownChange } from "../../../protocol/notification.ts";
import { firstRecord, moved } from "./people.ts";

const notification = {
  id: "0f0e0d0c-0b0a-4908-8706-050403020100",
  consentId: "10111213-1415-4617-9819-1a1b1c1d1e1f",
  version: 2,
};
const party = { id: "abc-bank", name: { en: "ABC Bank", ja: "ABC銀行" } };

describe("the text that is shown", () => {
  test("ok/always the same bytes, whatever the order of the members", () => {
    const text = shownText(notification, party, ["address", "name"], firstRecord, {
      ...moved,
      name: "山田　花子",
    });
    expect(text).toBe(
      '{"notificationId":"0f0e0d0c-0b0a-4908-8706-050403020100","consentId":"10111213-1415-4617-9819-1a1b1c1d1e1f",' +
        '"party":{"id":"abc-bank","name":{"ja":"ABC銀行","en":"ABC Bank"}},"anchorVersion":2,"changes":[' +
        '{"attribute":"name","from":"山田　太郎","to":"山田　花子"},' +
        '{"attribute":"address","from":"東京都千代田区千代田一丁目１番１号","to":"大阪府大阪市北区中之島一丁目３番２０号"}]}',
    );
    expect(shownChange.safeParse(JSON.parse(text)).success).toBe(true);
  });

  test.each([
    ["longer than any certificate has", "字".repeat(1_000)],
    ["of characters beyond the basic plane", "\u{20BB7}".repeat(500)],
    ["of controls", "\u0001\n".repeat(500)],
    ["of halves of surrogate pairs", "\uD842".repeat(1_000)],
    ["of quotes", '"\\'.repeat(500)],
  ])("bad/J-LIS sent a text %s: the inbox with it can be read all the same", (_, odd) => {
    const after = {
      ...firstRecord,
      name: odd,
      furigana: odd.slice(0, 200),
      address: odd,
      movedAbroad: { plannedDate: "2026-12-01" },
    };
    const before = { ...firstRecord, furigana: "ヤマダ", name: `${odd}の` };
    const all = ["name", "address", "dateOfBirth", "sex"] as const;
    const shown = shownText(notification, party, all, before, after);
    const { changes } = shownChange.parse(JSON.parse(shown));
    expect(changes).toHaveLength(4);
    // As long as the inbox takes it.
    expect(shown.length).toBeLessThanOrEqual(8_192);
    for (const { from, to } of changes) expect(`${from}${to}`).not.toMatch(/[\p{Cc}\p{Cs}]/u);
  });

  test("ok/a name with a reading as long as a certificate's name is shown whole", () => {
    const reading = (kana: string) => ({
      ...firstRecord,
      name: "字".repeat(198),
      furigana: kana.repeat(200),
    });
    const [change] = shownChange.parse(
      JSON.parse(shownText(notification, party, ["name"], reading("ア"), reading("イ"))),
    ).changes;
    expect(change!.to).toBe(`${"字".repeat(198)}（${"イ".repeat(200)}）`);
  });

  test("ok/dates, sex and a planned move abroad as people write them", () => {
    const after = {
      ...firstRecord,
      dateOfBirth: "300000000",
      sex: "unknown",
      movedAbroad: { plannedDate: "2026-12-01" },
    } as const;
    const changesTo = (to: typeof firstRecord) =>
      shownChange
        .parse(JSON.parse(shownText(notification, party, ["address", "dateOfBirth", "sex"], firstRecord, to)))
        .changes.map(({ from, to }) => [from, to]);
    expect(changesTo(after)).toEqual([
      [firstRecord.address, `${firstRecord.address}（国外転出予定 2026-12-01）`],
      ["1990年4月1日", "不明"],
      ["男", "不明"],
    ]);
    expect(changesTo({ ...after, dateOfBirth: "419900400" })[1]![1]).toBe("1990年4月（日不明）");
    expect(changesTo({ ...after, dateOfBirth: "419900000" })[1]![1]).toBe("1990年（月日不明）");
  });
});
