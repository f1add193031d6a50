import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { OctetString } from "@peculiar/asn1-schema";
import { CRLNumber, CRLReasons, Extension, id_ce_cRLReasons } from "@peculiar/asn1-x509";
import { checkCrl } from "../../../pki/card-verification/crl.ts";
import { verifyCardSignature } from "../../../pki/card-verification/verify.ts";
import { testAnchors } from "../../../pki/jpki/trust-anchors.ts";
import { makeCms } from "./test-cms.ts";
import { type CrlMistakes, crlOf, entry, ours, scope } from "./test-crl.ts";
import { extension, rsa, signCaName, TestCa } from "./test-pki.ts";

const ca = new TestCa(signCaName("JPKI-TEST"));
const keys = rsa();
const at = new Date("2026-06-01T12:00:00Z");
const anchors = testAnchors(ca.pem);
const [anchor] = anchors;
if (!anchor) throw new Error("no anchor");
const verdict = verifyCardSignature({
  cms: makeCms({ content: Buffer.from("x"), certificate: ca.issue(keys), ...keys }),
  anchors,
  at,
});
if (!verdict.ok) throw new Error(verdict.detail);
const { card } = verdict;

const makeCrl = (mistakes?: CrlMistakes) => crlOf(ca, mistakes);
const check = (mistakes?: CrlMistakes) => checkCrl(makeCrl(mistakes), { card, anchor, at });

describe("checkCrl", () => {
  test("ok/not listed is good", () => {
    expect(check()).toEqual({
      ok: true,
      status: "good",
      thisUpdate: new Date("2026-05-31T15:00:00Z"),
      nextUpdate: new Date("2026-06-02T15:00:00Z"),
    });
    expect(check({ entries: [entry([0x01, 0x23])] })).toMatchObject({ status: "good" });
  });

  test("ok/listed, with the reason, and OpenSSL says the same", () => {
    const crl = makeCrl({ entries: [entry([9]), entry(ours, CRLReasons.affiliationChanged)] });
    expect(checkCrl(crl, { card, anchor, at })).toMatchObject({
      ok: true,
      status: "revoked",
      reason: "affiliationChanged",
    });
    const folder = mkdtempSync(join(tmpdir(), "kazasu-crl-"));
    try {
      writeFileSync(join(folder, "ca.pem"), ca.pem);
      writeFileSync(join(folder, "crl.der"), crl);
      const text = execFileSync(
        "openssl",
        [
          "crl",
          "-inform",
          "DER",
          "-in",
          join(folder, "crl.der"),
          "-CAfile",
          join(folder, "ca.pem"),
          "-noout",
          "-text",
        ],
        { encoding: "utf8", stdio: "pipe" },
      );
      expect(text).toMatch(/Serial Number: 012345[^]*Affiliation Changed/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("ok/listed without a reason; on hold", () => {
    expect(check({ entries: [entry(ours)] })).toMatchObject({ status: "revoked", reason: "unspecified" });
    expect(check({ entries: [entry(ours, CRLReasons.certificateHold)] })).toMatchObject({ status: "onHold" });
  });

  test("ok/a CRL for all parts", () => {
    expect(check({ scope: undefined })).toMatchObject({ ok: true, status: "good" });
  });

  const unusable: [string, CrlMistakes, RegExp][] = [
    ["signed by another key", { key: keys.privateKey }, /not signed/],
    ["of another CA", { issuer: signCaName("OTHER") }, /not that of the certificate/],
    ["of another generation", { keyId: new Uint8Array(20) }, /another generation/],
    ["two algorithms", { algorithm: "1.2.840.113549.1.1.12" }, /two different signature algorithms/],
    ["from the future", { thisUpdate: "2026-06-01T13:00:00Z" }, /future/],
    ["ended", { nextUpdate: "2026-06-01T11:00:00Z" }, /nextUpdate/],
    ["without an end", { nextUpdate: undefined }, /has no nextUpdate/],
    ["of another city", { scope: scope({}, "Minato-ku") }, /another part/],
    ["for CAs only", { scope: scope({ onlyContainsCACerts: true }) }, /does not cover/],
    ["indirect", { scope: scope({ indirectCRL: true }) }, /does not cover/],
    ["unknown critical extension", { more: [extension("1.2.3.4", new CRLNumber(1), true)] }, /1\.2\.3\.4/],
    ["delta CRL", { more: [extension("2.5.29.27", new CRLNumber(1), true)] }, /2\.5\.29\.27/],
    ["the same extension twice", { more: [scope()] }, /repeated/],
    [
      "unknown critical extension of another entry",
      { entries: [entry([9], undefined, [extension("2.5.29.29", new CRLNumber(1), true)])] },
      /2\.5\.29\.29/,
    ],
    ["an entry of a delta CRL", { entries: [entry(ours, CRLReasons.removeFromCRL)] }, /delta/],
    [
      "an invalid reason",
      {
        entries: [
          entry(ours, undefined, [
            new Extension({ extnID: id_ce_cRLReasons, extnValue: new OctetString([0x05, 0x00]) }),
          ]),
        ],
      },
      /extension/,
    ],
  ];
  test.each(unusable)("fail/%s", (_, mistakes, detail) => {
    expect(check(mistakes)).toEqual({ ok: false, detail: expect.stringMatching(detail) });
  });

  test("fail/noise, trailing bytes, a changed byte", () => {
    const good = makeCrl({ entries: [entry(ours)] });
    const verify = (bytes: Uint8Array) => checkCrl(bytes, { card, anchor, at }).ok;
    expect(verify(new Uint8Array())).toBe(false);
    expect(verify(Buffer.concat([good, Buffer.of(0)]))).toBe(false);
    for (let byte = 0; byte < good.length; byte += 7) {
      const changed = Buffer.from(good);
      changed[byte]! ^= 0x04;
      expect({ byte, ok: verify(changed) }).toEqual({ byte, ok: false });
    }
  });
});
