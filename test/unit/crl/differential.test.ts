import { execFileSync } from "node:child_process";
import { describe, expect, test } from "@jest/globals";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { CertificateList, CRLReasons, Extension, Time } from "@peculiar/asn1-x509";
import * as fc from "fast-check";
import { atOnce, ByteSource } from "../../../pki/crl/byte-source.ts";
import type { EntrySink } from "../../../pki/crl/entries.ts";
import { type CrlReading, readCrl, readCrlSync } from "../../../pki/crl/read.ts";
import { parseCrl } from "../../../pki/crl/structure.ts";
import { Cursor } from "../../../pki/der/cursor.ts";
import { readTime } from "../../../pki/der/read-time.ts";
import { readCertificate } from "../../../pki/x509/certificate.ts";
import { serialText } from "../../../pki/x509/serial-number.ts";
import { crlOf, entry, ours, scope } from "../card-verification/test-crl.ts";
import { signCaName, TestCa } from "../card-verification/test-pki.ts";
import { entriesByCursor } from "./by-cursor.ts";
import { inPieces } from "./cases.ts";

const ca = new TestCa(signCaName("JPKI-TEST"));
const issuer = readCertificate(ca.certificate);
const at = new Date("2026-06-01T12:00:00Z");
const seed = 14;

const other = (critical: boolean, octets: number[]) =>
  new Extension({ extnID: "2.5.29.24", critical, extnValue: new OctetString(octets) });
const invalidityDate = other(false, [0x18, 0x0f, ...Buffer.from("20260501000000Z")]);
const late = entry([0x7f, 0xff]);
late.revocationDate = new Time(new Date("2051-02-28T23:59:59Z"));
const longOne = entry([0x31], CRLReasons.superseded, [other(false, Array<number>(200).fill(7))]);

/** Small lists of each kind that there is. */
const lists = [
  crlOf(ca),
  crlOf(ca, { entries: [entry(ours, CRLReasons.keyCompromise)] }),
  crlOf(ca, { entries: [entry([5, ...Array<number>(140).fill(2)], CRLReasons.superseded), entry(ours)] }),
  crlOf(ca, {
    entries: [
      entry([0x09]),
      entry([0x00, 0x80]),
      entry([0xff]),
      entry([0x00]),
      entry([1, ...Array<number>(20).fill(2)], CRLReasons.superseded),
      late,
      longOne,
      entry([0x0a], CRLReasons.certificateHold, [invalidityDate]),
      entry([0x0b], undefined, [invalidityDate]),
    ],
    scope: scope({ onlyContainsUserCerts: true }),
  }),
];

/** Takes down all that it is given. */
class Record implements EntrySink {
  readonly entries: string[] = [];
  readonly add = (window: DataView, serial: number, time: number, reason: number): void => {
    const bytes = new Uint8Array(window.buffer, window.byteOffset, window.byteLength);
    const revoked = readTime(new Cursor(bytes, time));
    this.entries.push(`${serialText(bytes.subarray(serial, time))} ${revoked.toISOString()} ${reason}`);
  };
  readonly addOdd = this.add;
}

/** Every signature counts as good, so that what is changed is read to its end. */
const reading = (entries: EntrySink): CrlReading<boolean> => ({
  issuer,
  at,
  scope: { isAuthority: false },
  entries,
  signedInput: () => ({ add: () => {}, verify: () => true }),
});

const inWords = (list: object, { entries }: Record): string =>
  [...Object.values(list).map(String), ...entries].join("\n");

function whole(der: Uint8Array): string {
  const entries = new Record();
  try {
    return inWords(readCrlSync(der, reading(entries)), entries);
  } catch (error) {
    return String(error);
  }
}

async function streamed(der: Uint8Array, sizes: readonly number[]): Promise<string> {
  const entries = new Record();
  try {
    return inWords(await readCrl(inPieces(der, sizes), reading(entries)), entries);
  } catch (error) {
    return String(error);
  }
}

/** What the structure alone is read as; nothing where it is refused. */
function entriesOf(der: Uint8Array): string[] | undefined {
  const entries = new Record();
  try {
    atOnce(der, parseCrl(new ByteSource(), der.length, { begin: () => () => {}, entries }));
    return entries.entries;
  } catch {
    return undefined;
  }
}

function byCursor(der: Uint8Array): string[] | undefined {
  try {
    return entriesByCursor(der);
  } catch {
    return undefined;
  }
}

/** One change of a list: an octet, or octets put in, taken out or cut off, with lengths left as they are. */
const change = fc.record({
  kind: fc.constantFrom("set", "flip", "flip", "add", "cut", "end"),
  place: fc.nat(999_999).map((place) => place / 1_000_000),
  octet: fc.nat(255),
});

const mutated = fc
  .tuple(fc.constantFrom(...lists), fc.array(change, { minLength: 1, maxLength: 3 }))
  .map(([list, changes]) => {
    let der = new Uint8Array(list);
    for (const { kind, place, octet } of changes) {
      // Most of a list is its signature, in which nothing can be broken.
      const where = Math.floor(place * (der.length - 262));
      if (where < 0) continue;
      if (kind === "set") der[where] = octet;
      else if (kind === "flip") der[where]! ^= 1 << (octet & 7);
      else if (kind === "add") der = Uint8Array.of(...der.subarray(0, where), octet, ...der.subarray(where));
      else if (kind === "cut")
        der = Uint8Array.of(...der.subarray(0, where), ...der.subarray(where + 1 + (octet % 40)));
      else der = der.slice(0, where);
    }
    return der;
  });
const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 12 });

describe("one reader", () => {
  test("ok/the lists as they are: whole, streamed, by the cursor alone", async () => {
    for (const list of lists) {
      expect(entriesOf(list)).toEqual(byCursor(list));
      expect(whole(list)).not.toContain("UnusableCrl");
      for (const size of [1, 2, 3, 7, 64, 1_000]) expect(await streamed(list, [size])).toBe(whole(list));
    }
  });

  test("ok/after any change: the same answer, whole and in pieces of any size", async () => {
    await fc.assert(
      fc.asyncProperty(mutated, sizes, async (der, sizes) => {
        expect(await streamed(der, sizes)).toBe(whole(der));
      }),
      { seed, numRuns: 600 },
    );
  });

  test("ok/the loop over entries accepts exactly what the cursor accepts", () => {
    fc.assert(
      fc.property(mutated, (der) => {
        expect(entriesOf(der)).toEqual(byCursor(der));
      }),
      { seed, numRuns: 1_500 },
    );
  });

  test("ok/the schema library reads each accepted list and encodes it to the same bytes", () => {
    let taken = 0;
    fc.assert(
      fc.property(mutated, (der) => {
        if (!entriesOf(der)) return;
        taken += 1;
        const again = AsnConvert.serialize(AsnConvert.parse(der, CertificateList));
        expect(Buffer.from(again).equals(der)).toBe(true);
      }),
      { seed, numRuns: 500 },
    );
    expect(taken).toBeGreaterThan(25);
  });

  test("ok/OpenSSL reads the same serials and times", () => {
    const text = execFileSync("openssl", ["crl", "-inform", "DER", "-noout", "-text"], {
      input: lists.at(-1)!,
      encoding: "utf8",
    });
    const theirs = [...text.matchAll(/Serial Number: (-?[0-9A-F]+)\s+Revocation Date: (.+) GMT/g)].map(
      ([, serial, time]) => [
        BigInt(serial!.replace(/^(-?)/, "$10x").replace("-0x", "0x")),
        Date.parse(`${time} UTC`),
      ],
    );
    const found = entriesOf(lists.at(-1)!)!.map((line) => {
      const [serial, time] = line.split(" ") as [string, string];
      const number = serial.startsWith("-") ? 256n - BigInt(`0x${serial.slice(1)}`) : BigInt(`0x${serial}`);
      return [number, Date.parse(time)];
    });
    expect(found).toEqual(theirs);
  });
});
