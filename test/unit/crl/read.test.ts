import { execFileSync } from "node:child_process";
import { describe, expect, test } from "@jest/globals";
import { OctetString } from "@peculiar/asn1-schema";
import { CRLNumber, CRLReasons, Extension, id_ce_cRLReasons } from "@peculiar/asn1-x509";
import * as fc from "fast-check";
import { checkCrl } from "../../../pki/card-verification/crl.ts";
import { verifyCardSignature } from "../../../pki/card-verification/verify.ts";
import { type CrlPartQuestion, readCrlPart } from "../../../pki/crl/part.ts";
import { testAnchors } from "../../../pki/jpki/trust-anchors.ts";
import { makeCms } from "../card-verification/test-cms.ts";
import { type CrlMistakes, crlOf, entry, ours, scope } from "../card-verification/test-crl.ts";
import { extension, rsa, signCaName, TestCa } from "../card-verification/test-pki.ts";

const ca = new TestCa(signCaName("JPKI-TEST"));
const stranger = new TestCa(signCaName("JPKI-TEST"));
const at = new Date("2026-06-01T12:00:00Z");
const anchors = testAnchors(ca.pem);
const [anchor] = anchors;
const keys = rsa();
const verdict = verifyCardSignature({
  cms: makeCms({ content: Buffer.from("x"), certificate: ca.issue(keys), ...keys }),
  anchors,
  at,
});
if (!verdict.ok || !anchor) throw new Error("no card");
const { card } = verdict;
const question: CrlPartQuestion = {
  anchors,
  at,
  issuerKeyId: anchor.keyId,
  distributionPoint: card.crlDistributionPoint!,
};

/** A list as it may arrive: in pieces of any size. */
async function* inPieces(der: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < der.length; from += size) yield der.subarray(from, from + size);
}
const read = (der: Uint8Array, more: Partial<CrlPartQuestion> = {}, size = 97) =>
  readCrlPart(inPieces(der, size), { ...question, ...more });

const serials = (list: Awaited<ReturnType<typeof read>>) =>
  Array.from({ length: list.entries.length }, (_, index) => [
    list.entries.serialHex(index),
    CRLReasons[list.entries.reason(index)],
  ]);

const entries = [
  entry([0x09]),
  entry(ours, CRLReasons.affiliationChanged),
  entry([0x00, 0xff, 0x01], CRLReasons.superseded),
];

describe("reading a CRL while it arrives", () => {
  test("ok/serials and reasons in the order of the list, and the list's own fields", async () => {
    const list = await read(crlOf(ca, { entries }));
    expect(serials(list)).toEqual([
      ["09", "unspecified"],
      ["012345", "affiliationChanged"],
      ["ff01", "superseded"],
    ]);
    expect(list).toMatchObject({
      issuerKeyId: anchor.keyId,
      number: 7n,
      thisUpdate: new Date("2026-05-31T15:00:00Z"),
      nextUpdate: new Date("2026-06-02T15:00:00Z"),
    });
  });

  test("ok/a list without entries, and the same list in pieces of every size", async () => {
    expect((await read(crlOf(ca))).entries.length).toBe(0);
    const der = crlOf(ca, { entries });
    const whole = serials(await read(der, {}, der.length));
    for (let size = 1; size < 60; size += 1) expect(serials(await read(der, {}, size))).toEqual(whole);
  });

  test("ok/large chunks that end in the middle of an entry", async () => {
    const many = Array.from({ length: 1_200 }, (_, index) =>
      entry([1 + (index >> 8), index & 0xff, 7], index % 2 ? CRLReasons.superseded : undefined),
    );
    const der = crlOf(ca, { entries: many });
    const whole = serials(await read(der, {}, der.length));
    expect(whole).toHaveLength(many.length);
    for (let size = 8_190; size < 8_230; size += 1) expect(serials(await read(der, {}, size))).toEqual(whole);
    for (const size of [9_001, 12_345, 16_384, 20_011, der.length - 1])
      expect(serials(await read(der, {}, size))).toEqual(whole);
  });

  test("ok/OpenSSL reads the same serials", async () => {
    const many = Array.from({ length: 300 }, (_, index) => entry([1 + (index >> 8), index & 0xff, 7]));
    const der = crlOf(ca, { entries: many });
    const text = execFileSync("openssl", ["crl", "-inform", "DER", "-noout", "-text"], {
      input: der,
      encoding: "utf8",
    });
    const theirs = [...text.matchAll(/Serial Number: ([0-9A-F]+)/g)].map(([, serial]) =>
      serial!.toLowerCase(),
    );
    expect(serials(await read(der)).map(([serial]) => serial)).toEqual(theirs);
  });

  const other = rsa().privateKey;
  test.each<[string, CrlMistakes, RegExp]>([
    ["a signature by another key", { key: other, entries }, /not signed by/],
    ["another CA's name", { issuer: signCaName("OTHER") }, /not that of the certificate/],
    ["another generation", { keyId: new Uint8Array(20) }, /another generation/],
    ["from the future", { thisUpdate: "2026-06-01T13:00:00Z" }, /from the future/],
    ["ended", { nextUpdate: "2026-06-01T11:00:00Z" }, /has expired/],
    ["without an end", { nextUpdate: undefined }, /has no nextUpdate/],
    ["another city's", { scope: scope({}, "Minato-ku") }, /another part/],
    ["for some reasons only", { scope: scope({ indirectCRL: true }) }, /does not cover/],
    [
      "unknown critical extension",
      { more: [extension("1.2.3.4", new CRLNumber(1), true)] },
      /critical extension 1\.2\.3\.4/,
    ],
    ["delta list", { more: [extension("2.5.29.27", new CRLNumber(1), true)] }, /delta CRL \(2\.5\.29\.27\)/],
    [
      "unknown critical extension of an entry",
      {
        entries: [
          entry([5], undefined, [
            new Extension({ extnID: "1.2.3.5", critical: true, extnValue: new OctetString([5, 0]) }),
          ]),
        ],
      },
      /critical extension 1\.2\.3\.5/,
    ],
    ["an entry of a delta list", { entries: [entry([5], CRLReasons.removeFromCRL)] }, /delta/],
    [
      "two reasons",
      { entries: [entry([5], CRLReasons.superseded, [extension(id_ce_cRLReasons, new CRLNumber(1))])] },
      /2\.5\.29\.21 is repeated/,
    ],
  ])("fail/%s", async (_, mistakes, reason) => {
    await expect(read(crlOf(ca, mistakes))).rejects.toThrow(reason);
  });

  test("fail/older than the previous list, by number or by date; the same list again is accepted", async () => {
    const der = crlOf(ca, { entries });
    const thisUpdate = new Date("2026-05-31T15:00:00Z");
    await expect(read(der, { after: { number: 8n, thisUpdate } })).rejects.toThrow(/older/);
    const later = new Date("2026-05-31T15:00:01Z");
    await expect(read(der, { after: { number: 7n, thisUpdate: later } })).rejects.toThrow(/older/);
    expect((await read(der, { after: { number: 7n, thisUpdate } })).number).toBe(7n);
  });

  test("fail/a part of a CA that is not trusted, and a list under another key of the same name", async () => {
    await expect(read(crlOf(ca), { anchors: [] })).rejects.toThrow(/not a trust anchor/);
    await expect(read(crlOf(stranger, { keyId: ca.keyId }))).rejects.toThrow(/not signed by/);
  });

  test("fail/truncated anywhere, trailing bytes, or larger than the limit", async () => {
    const der = crlOf(ca, { entries });
    for (let length = 0; length < der.length; length += 13)
      await expect(read(der.subarray(0, length))).rejects.toThrow(/truncated/);
    await expect(read(Buffer.concat([der, Buffer.from([0])]))).rejects.toThrow(/after the end/);
    await expect(read(der, { maxBytes: der.length - 1 })).rejects.toThrow(/larger than/);
  });

  test("fail/after any changed byte nothing else is read than before", async () => {
    const der = crlOf(ca, { entries });
    const whole = serials(await read(der));
    await fc.assert(
      fc.asyncProperty(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), async (place, change) => {
        const changed = Buffer.from(der);
        changed[place] = changed[place]! ^ change;
        const list = await read(changed).catch(() => undefined);
        if (list) expect(serials(list)).toEqual(whole);
      }),
      { numRuns: 400 },
    );
  });

  test("ok/the verdict equals that of the whole-list check", async () => {
    const mistakes: Record<string, CrlMistakes> = {
      none: {},
      entries: { entries },
      key: { key: other },
      scope: { scope: undefined },
      "scope of CAs": { scope: scope({ onlyContainsCACerts: true }) },
      end: { nextUpdate: undefined },
      generation: { keyId: new Uint8Array(20) },
    };
    for (const [name, mistake] of Object.entries(mistakes)) {
      const der = crlOf(ca, mistake);
      const whole = checkCrl(der, { card, anchor, at }).ok;
      const streamed = await read(der).then(
        () => true,
        () => false,
      );
      expect([name, streamed]).toEqual([name, whole]);
    }
  });
});
