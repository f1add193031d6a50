import { describe, expect, test } from "@jest/globals";
import { OctetString } from "@peculiar/asn1-schema";
import { CRLReasons, Extension, id_ce_cRLNumber } from "@peculiar/asn1-x509";
import { describeCrl, findEntry } from "../../../pki/crl/describe.ts";
import { crlStatusSync } from "../../../pki/crl/status.ts";
import { verifyWithNode } from "../../../pki/x509/node-signature.ts";
import { crlOf, entry, ours } from "../card-verification/test-crl.ts";
import { answer, asked, ca, changed, keys } from "./asking.ts";
import { statuses } from "./cases.ts";

const revokedOn = "260520000000Z";
const revoked = { entries: [entry(ours)] };
const numbered = (...octets: number[]) =>
  new Extension({ extnID: id_ce_cRLNumber, extnValue: new OctetString([2, octets.length, ...octets]) });

describe("times", () => {
  test.each([
    ["thisUpdate", "260531150000Z", "260531150060Z"],
    ["thisUpdate", "260531150000Z", "26053115+0900"],
    ["thisUpdate", "260531150000Z", "260531150000z"],
    ["nextUpdate", "260602150000Z", "260602240000Z"],
    ["nextUpdate", "260602150000Z", "270229150000Z"],
    ["nextUpdate", "260602150000Z", "260602156000Z"],
    ["nextUpdate", "260602150000Z", "26060215000 Z"],
  ])("fail/%s %s → %s", async (part, from, to) => {
    const why = `unusable: The CRL's ${part} is not strict DER: a time that RFC 5280 does not allow.`;
    expect(await answer(changed(crlOf(ca), from, to))).toBe(why);
  });

  test.each([
    "260520000060Z",
    "260230000000Z",
    "261301000000Z",
    "26052000+0900",
    "260520000000 ",
    "2605200000:0Z",
  ])("fail/an entry of %s, of any certificate", async (time) => {
    const why = "unusable: An entry of the CRL has a revocationDate that RFC 5280 does not allow.";
    for (const serial of [ours, [9], [0xff]])
      expect(await answer(changed(crlOf(ca, { entries: [entry(serial)] }), revokedOn, time))).toBe(why);
  });

  test("ok/the last day of February of a leap year; the date is the entry's", async () => {
    const crl = changed(crlOf(ca, revoked), revokedOn, "240229235959Z");
    expect(await answer(crl)).toBe("revoked: unspecified");
    expect((await statuses(crl, asked(), [9])).atOnce).toMatchObject({
      since: new Date("2024-02-29T23:59:59Z"),
    });
  });

  test("ok/a clock that runs ahead by two minutes, and no more", async () => {
    expect(await answer(crlOf(ca, { thisUpdate: "2026-06-01T12:02:00Z" }))).toBe("good");
    expect(await answer(crlOf(ca, { thisUpdate: "2026-06-01T12:02:01Z" }))).toContain("from the future");
    const never = { ...asked(), at: new Date(Number.NaN) };
    expect(crlStatusSync(crlOf(ca), never, verifyWithNode).status).toBe("unusable");
  });
});

describe("numbers", () => {
  test.each<[string, Extension | undefined, string]>([
    ["ok/zero", numbered(0), "good"],
    ["ok/of 20 octets", numbered(0x7f, ...Array<number>(19).fill(0xff)), "good"],
    ["ok/critical", Object.assign(numbered(7), { critical: true }), "good"],
    ["fail/negative", numbered(0xff), "a negative CRL number"],
    ["fail/of 21 octets", numbered(1, ...Array<number>(20).fill(0)), "more than 20 octets"],
    ["fail/in too many octets", numbered(0, 7), "too many octets"],
    ["fail/missing", undefined, "The CRL has no number"],
  ])("%s", async (_, number, right) => {
    const crl = crlOf(ca, { number });
    if (right !== "good") return expect(await answer(crl)).toContain(right);
    expect(crlStatusSync(crl, asked(), verifyWithNode).status).toBe("good");
  });
});

describe("entries", () => {
  test("ok/no entries: left out, or an empty list", async () => {
    expect(await answer(crlOf(ca))).toBe("good");
    const empty = crlOf(ca, { entries: [] });
    expect(empty.length).toBe(crlOf(ca).length + 2);
    expect(await answer(empty)).toBe("good");
  });

  test.each([[[0xff]], [[0x00]], [[0x00, 0xff]], [[1, ...Array<number>(20).fill(7)]]])(
    "ok/a certificate with the serial %j is found too",
    async (serial) => {
      const question = asked(ca.issue(keys, { serial }));
      const listed = crlOf(ca, { entries: [entry([9]), entry(serial)] });
      expect(crlStatusSync(listed, question, verifyWithNode).status).toBe("revoked");
      expect(crlStatusSync(crlOf(ca, { entries: [entry([9])] }), question, verifyWithNode).status).toBe(
        "good",
      );
    },
  );

  test.each([
    ["11", [10, 1, 11]],
    ["-1", [10, 1, 0xff]],
    ["300", [10, 2, 1, 0x2c]],
    ["-2147483648", [10, 4, 0x80, 0, 0, 0]],
  ])(
    "ok/the reason %s, which nobody knows, is a revocation, and spoils no other's status",
    async (_, octets) => {
      const reason = new Extension({ extnID: "2.5.29.21", extnValue: new OctetString(octets) });
      expect(await answer(crlOf(ca, { entries: [entry(ours, undefined, [reason])] }))).toBe(
        "revoked: unspecified",
      );
      expect(await answer(crlOf(ca, { entries: [entry([9], undefined, [reason])] }))).toBe("good");
    },
  );

  test("ok/of two entries of one serial the earlier counts", async () => {
    const twice = changed(crlOf(ca, { entries: [entry(ours), entry(ours)] }), revokedOn, "260521000000Z");
    const { atOnce } = await statuses(twice, asked(), [9]);
    expect(atOnce).toMatchObject({ status: "revoked", since: new Date("2026-05-20T00:00:00Z") });
  });

  test("ok/an unverified list: its claims, and the entry of a serial", () => {
    const crl = crlOf(ca, {
      entries: [entry([9]), entry([0xff]), entry(ours, CRLReasons.affiliationChanged)],
      nextUpdate: "2026-05-31T16:00:00Z",
    });
    expect(describeCrl(crl)).toMatchObject({
      number: 7n,
      entries: 3,
      nextUpdate: new Date("2026-05-31T16:00:00Z"),
    });
    expect(findEntry(crl, "012345")).toEqual({ since: new Date("2026-05-20T00:00:00Z"), reason: 3 });
    expect(findEntry(crl, "012346")).toBeUndefined();
    expect(() => describeCrl(crl.subarray(0, -1))).toThrow("The CRL is truncated.");
  });

  test("fail/a list larger than the limit: refused by its first octets", async () => {
    const crl = crlOf(ca, { entries: Array.from({ length: 50 }, () => entry(ours)) });
    const question = { ...asked(), maxBytes: crl.length - 1 };
    const why = `The CRL is larger than ${crl.length - 1} bytes.`;
    expect(crlStatusSync(crl, question, verifyWithNode)).toEqual({ status: "unusable", why });
    expect(crlStatusSync(crl.subarray(0, 9), question, verifyWithNode)).toEqual({ status: "unusable", why });
  });
});
