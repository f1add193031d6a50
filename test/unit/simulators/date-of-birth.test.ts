import { describe, expect, test } from "@jest/globals";
import { ageOn, birthdayAfter } from "../../../simulators/j-lis/date-of-birth.ts";

/** Noon in Japan. */
const on = (day: string) => new Date(`${day}T12:00:00+09:00`);
const dayInJapan = (moment: Date) => new Date(moment.getTime() + 9 * 3_600_000).toISOString().slice(0, 10);

/**
 * One rule: an unknown day is the day that is asked about, and an unknown month its whole date; a day that a
 * month lacks is its last.
 */
describe("birthdays of dates that are not whole", () => {
  test.each([
    ["nothing known", "400000000", "2024-05-01", "2029-05-01"],
    ["the year alone", "419900000", "2024-05-01", "2029-05-01"],
    ["an unknown day", "419900400", "2024-05-01", "2029-04-01"],
    ["an unknown day, asked on a 31st of a month of 30 days", "419900400", "2024-05-31", "2029-04-30"],
    ["an unknown day of February, asked on a 30th", "419900200", "2024-01-30", "2028-02-28"],
    ["an unknown month, whatever the day", "419900015", "2024-05-14", "2029-05-14"],
    ["an unknown month, asked on a leap day", "419900031", "2024-02-29", "2029-02-28"],
    ["a leap day counts as the 28th", "319640229", "2024-05-01", "2029-02-28"],
    ["a leap day counts as the 28th in a leap year too", "319640229", "2023-05-01", "2028-02-28"],
  ])("ok/%s: %s, issued on %s, ends on %s", (_, dateOfBirth, issued, end) => {
    expect(dayInJapan(birthdayAfter(dateOfBirth, on(issued), 5))).toBe(end);
  });

  test.each([
    ["419900415", "2024-04-14", 33],
    ["419900415", "2024-04-15", 34],
    ["419900400", "2024-03-31", 33],
    ["419900400", "2024-04-01", 34],
    ["419900000", "2024-01-01", 34],
    ["419900015", "2024-01-14", 34],
    ["419900200", "2024-02-29", 34],
    ["400000000", "2024-02-29", undefined],
    ["320000229", "2024-02-27", 23],
    ["320000229", "2024-02-28", 24],
    ["400000415", "2024-05-14", undefined],
  ])("ok/born %s, on %s the age is %s", (dateOfBirth, day, age) => {
    expect(ageOn(dateOfBirth, on(day))).toBe(age);
  });

  test.each(["419900400", "419900000", "419900015", "419900229", "419900131", "419900200"])(
    "ok/%s: an age never falls, and rises by one at a time, twice in two years",
    (dateOfBirth) => {
      const first = on("2023-01-02").getTime();
      const ages = Array.from(
        { length: 731 },
        (_, days) => ageOn(dateOfBirth, new Date(first + days * 86_400_000))!,
      );
      expect(ages.slice(1).every((age, index) => [0, 1].includes(age - ages[index]!))).toBe(true);
      expect(ages.at(-1)! - ages[0]!).toBe(2);
    },
  );
});
