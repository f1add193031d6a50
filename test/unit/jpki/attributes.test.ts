import { describe, expect, test } from "@jest/globals";
import { AsnConvert } from "@peculiar/asn1-schema";
import { DirectoryString, GeneralName, OtherName } from "@peculiar/asn1-x509";
import { assert, property, string } from "fast-check";
import { Cursor } from "../../../pki/der/cursor.ts";
import {
  AttributesUnreadable,
  readAttributes as readCardAttributes,
  readDateOfBirth,
} from "../../../pki/jpki/attributes.ts";
import { readGeneralName } from "../../../pki/x509/general-name.ts";
import { attributeNames, personNames } from "../card-verification/test-pki.ts";

/** What is built with one library is encoded, and read with the cursor. */
const readAttributes = (names: readonly GeneralName[]) =>
  readCardAttributes(
    names.map((name) => readGeneralName(new Cursor(new Uint8Array(AsnConvert.serialize(name))))),
  );

describe("readDateOfBirth", () => {
  const dates: [string, ReturnType<typeof readDateOfBirth>][] = [
    ["319801231", { era: "showa", year: 1980, month: 12, day: 31, raw: "319801231" }],
    ["520190501", { era: "reiwa", year: 2019, month: 5, day: 1, raw: "520190501" }],
    ["119120729", { era: "meiji", year: 1912, month: 7, day: 29, raw: "119120729" }],
    ["400000000", { era: "heisei", raw: "400000000" }],
    ["000000000", { era: "unknown", raw: "000000000" }],
    ["319450000", { era: "showa", year: 1945, raw: "319450000" }],
    ["219200400", { era: "taisho", year: 1920, month: 4, raw: "219200400" }],
    ["300000401", { era: "showa", month: 4, day: 1, raw: "300000401" }],
  ];
  test.each(dates)("ok/%s", (raw, date) => {
    expect(readDateOfBirth(raw)).toEqual(date);
  });

  test.each(["", "31980123", "3198012311", "619800101", "319801301", "319801232", "３19801231", " 19801231"])(
    "fail/%j",
    (raw) => {
      expect(() => readDateOfBirth(raw)).toThrow(AttributesUnreadable);
    },
  );
});

describe("readAttributes", () => {
  test("ok/in any order, other names passed over, text kept as it is", () => {
    const names = [new GeneralName({ rfc822Name: "a@example.jp" }), ...attributeNames().toReversed()];
    expect(readAttributes(names)).toMatchObject({ name: "髙橋　花子", sex: "female" });
  });

  test("ok/characters outside the basic plane, and 200 of them", () => {
    const address = "𠮷".repeat(200);
    expect(readAttributes(attributeNames({ ...personNames, 5: address })).address).toBe(address);
  });

  test("ok/without substitution flags they are empty", () => {
    const { 2: _name, 6: _address, ...texts } = personNames;
    expect(readAttributes(attributeNames(texts))).toMatchObject({
      nameSubstitution: "",
      addressSubstitution: "",
    });
  });

  test("ok/any name and address come back unchanged", () => {
    const text = string({ unit: "binary", minLength: 1, maxLength: 60 });
    assert(
      property(text, text, (name, address) => {
        const read = readAttributes(attributeNames({ ...personNames, 1: name, 5: address }));
        expect([read.name, read.address]).toEqual([name, address]);
      }),
      { numRuns: 50 },
    );
  });

  test("fail/twice, not a UTF8String, missing, too long, malformed", () => {
    const refused = (names: GeneralName[], why: RegExp) => expect(() => readAttributes(names)).toThrow(why);
    refused([...attributeNames(), ...attributeNames({ 1: "別名" })], /name occurs twice/);
    const printable = new OtherName({
      typeId: "1.2.392.200149.8.5.5.1",
      value: AsnConvert.serialize(new DirectoryString({ printableString: "Hanako" })),
    });
    refused([new GeneralName({ otherName: printable })], /UTF8String/);
    refused([], /name is missing/);
    refused(attributeNames({ ...personNames, 1: "名".repeat(201) }), /name does not have/);
    refused(attributeNames({ ...personNames, 1: "" }), /name does not have/);
    refused(attributeNames({ ...personNames, 3: "0" }), /sex/);
    refused(attributeNames({ ...personNames, 6: "2" }), /addressSubstitution/);
    refused(attributeNames({ ...personNames, 4: "999999999" }), /dateOfBirth/);
  });
});
