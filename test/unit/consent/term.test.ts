import { describe, expect, test } from "@jest/globals";
import { assert, date, property } from "fast-check";
import { termOf } from "../../../domain/consent/term.ts";

const term = (received: string) => {
  const { validFrom, validUntil } = termOf(new Date(received));
  return [validFrom.toISOString(), validUntil.toISOString()];
};
const inJapan = (text: string) => new Date(`${text}+09:00`).toISOString();

describe("term of a consent", () => {
  test("ok/received 2023-05-18 10:00 in Japan: 2023-05-19 00:00:00 to 2033-05-18 23:59:59", () => {
    expect(term("2023-05-18T10:00:00+09:00")).toEqual([
      inJapan("2023-05-19T00:00:00"),
      inJapan("2033-05-18T23:59:59"),
    ]);
  });

  test("ok/the day is Japan's, whatever day it is elsewhere", () => {
    expect(term("2023-05-18T14:59:59Z")[0]).toBe(inJapan("2023-05-19T00:00:00"));
    expect(term("2023-05-18T15:00:00Z")[0]).toBe(inJapan("2023-05-20T00:00:00"));
  });

  test("ok/from a 29 February the last day is a 28th, for the last year has no 29th", () => {
    expect(term("2024-02-28T12:00:00+09:00")).toEqual([
      inJapan("2024-02-29T00:00:00"),
      inJapan("2034-02-28T23:59:59"),
    ]);
  });

  test("ok/always from a midnight to the last second of a day, ten years later", () => {
    const received = date({
      min: new Date("2020-01-01"),
      max: new Date("2090-01-01"),
      noInvalidDate: true,
    });
    assert(
      property(received, (at) => {
        const { validFrom, validUntil } = termOf(at);
        const jst = (date: Date) => new Date(date.getTime() + 9 * 3_600_000).toISOString();
        expect(jst(validFrom)).toMatch(/T00:00:00.000Z$/);
        expect(jst(validUntil)).toMatch(/T23:59:59.000Z$/);
        expect(validFrom.getTime() - at.getTime()).toBeGreaterThan(0);
        expect(validFrom.getTime() - at.getTime()).toBeLessThanOrEqual(86_400_000);
        const years = (validUntil.getTime() + 1_000 - validFrom.getTime()) / 86_400_000;
        expect([3651, 3652, 3653]).toContain(years);
      }),
    );
  });
});
