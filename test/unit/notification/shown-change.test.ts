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
