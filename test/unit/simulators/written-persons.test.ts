import { describe, expect, test } from "@jest/globals";
import { birthdayAfter, toCertificateDate } from "../../../simulators/j-lis/date-of-birth.ts";
import { personaOf } from "../../../simulators/j-lis/personas.ts";
import { certificateText } from "../../../simulators/j-lis/substitution.ts";

describe("what the town hall writes", () => {
  test("ok/a persona is the same for the same name, and has difficult characters", () => {
    expect(personaOf("anyone")).toEqual(personaOf("anyone"));
    const names = new Set(Array.from({ length: 100 }, (_, index) => personaOf(`card-${index}`).name));
    expect(names.size).toBe(6);
    expect([...names].filter((name) => certificateText(name).flags.includes("1"))).toHaveLength(2);
  });

  test.each([
    ["𠮷田　髙子", "吉田　髙子", "10000"],
    ["葛\u{E0100}城", "葛城", "10"],
    ["辻\uFE00　𠀋一", "辻　＊一", "1010"],
    ["", "", ""],
  ])("ok/%s is written %s with the flags %s", (register, text, flags) => {
    expect(certificateText(register)).toEqual({ text, flags });
  });

  test("ok/dates: eras, and the end of the day of the fifth birthday in Japan", () => {
    expect(toCertificateDate("1989-01-07")).toBe("319890107");
    expect(toCertificateDate("1989-01-08")).toBe("419890108");
    expect(toCertificateDate("2019-05-01")).toBe("520190501");
    const issued = new Date("2024-05-01T00:00:00Z");
    expect(birthdayAfter("419900415", issued, 5).toISOString()).toBe("2029-04-15T14:59:59.000Z");
    expect(birthdayAfter("419900615", issued, 5).toISOString()).toBe("2028-06-15T14:59:59.000Z");
    expect(birthdayAfter("319640229", issued, 5).toISOString()).toBe("2029-02-28T14:59:59.000Z");
    expect(birthdayAfter("400000000", issued, 5).toISOString()).toBe("2029-05-01T14:59:59.000Z");
  });
});
