import { execFileSync } from "node:child_process";
import { sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { OctetString } from "@peculiar/asn1-schema";
import {
  AuthorityKeyIdentifier,
  CertificateList,
  CRLNumber,
  CRLReason,
  CRLReasons,
  Extension,
  IssuingDistributionPoint,
  id_ce_authorityKeyIdentifier,
  id_ce_cRLNumber,
  id_ce_cRLReasons,
  id_ce_issuingDistributionPoint,
  KeyIdentifier,
  RevokedCertificate,
  TBSCertList,
  Time,
  Version,
} from "@peculiar/asn1-x509";
import { checkCrl } from "../../../pki/card-verification/crl.ts";
import { verifyCardSignature } from "../../../pki/card-verification/verify.ts";
import { testAnchors } from "../../../pki/jpki/trust-anchors.ts";
import { makeCms } from "./test-cms.ts";
import {
  cityName,
  der,
  distributionPoint,
  extension,
  makeName,
  nullAlgorithm,
  type Parts,
  rsa,
  sha256WithRsa,
  signCaName,
  TestCa,
} from "./test-pki.ts";

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

const entry = (serial: number[], reason?: CRLReasons, more: Extension[] = []) =>
  new RevokedCertificate({
    userCertificate: new Uint8Array(serial).buffer,
    revocationDate: new Time(new Date("2026-05-20T00:00:00Z")),
    ...((reason !== undefined || more.length > 0) && {
      crlEntryExtensions: [
        ...(reason === undefined ? [] : [extension(id_ce_cRLReasons, new CRLReason(reason))]),
        ...more,
      ],
    }),
  });
const ours = [0x01, 0x23, 0x45];
const scope = (more: Partial<IssuingDistributionPoint> = {}, city = "Chiyoda-ku") =>
  extension(
    id_ce_issuingDistributionPoint,
    new IssuingDistributionPoint({ distributionPoint: distributionPoint(cityName(city)), ...more }),
    true,
  );

interface Mistakes {
  entries?: RevokedCertificate[];
  issuer?: Parts;
  thisUpdate?: string;
  nextUpdate?: string | undefined;
  scope?: Extension | undefined;
  keyId?: Uint8Array;
  more?: Extension[];
  key?: typeof keys.privateKey;
  algorithm?: string;
}

function makeCrl(mistakes: Mistakes = {}): Buffer {
  const part = "scope" in mistakes ? mistakes.scope : scope();
  const next = "nextUpdate" in mistakes ? mistakes.nextUpdate : "2026-06-02T15:00:00Z";
  const tbsCertList = new TBSCertList({
    version: Version.v2,
    signature: nullAlgorithm(sha256WithRsa),
    issuer: makeName(mistakes.issuer ?? ca.name),
    thisUpdate: new Time(new Date(mistakes.thisUpdate ?? "2026-05-31T15:00:00Z")),
    ...(next !== undefined && { nextUpdate: new Time(new Date(next)) }),
    ...(mistakes.entries && { revokedCertificates: mistakes.entries }),
    crlExtensions: [
      extension(
        id_ce_authorityKeyIdentifier,
        new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(mistakes.keyId ?? ca.keyId) }),
      ),
      extension(id_ce_cRLNumber, new CRLNumber(7)),
      ...(part ? [part] : []),
      ...(mistakes.more ?? []),
    ],
  });
  return der(
    new CertificateList({
      tbsCertList,
      signatureAlgorithm: nullAlgorithm(mistakes.algorithm ?? sha256WithRsa),
      signature: new Uint8Array(sign("sha256", der(tbsCertList), mistakes.key ?? ca.keys.privateKey)).buffer,
    }),
  );
}

const check = (mistakes?: Mistakes) => checkCrl(makeCrl(mistakes), { card, anchor, at });

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

  const unusable: [string, Mistakes, RegExp][] = [
    ["signed by another key", { key: keys.privateKey }, /not signed/],
    ["of another CA", { issuer: signCaName("OTHER") }, /another CA/],
    ["of another generation", { keyId: new Uint8Array(20) }, /another generation/],
    ["two algorithms", { algorithm: "1.2.840.113549.1.1.12" }, /not signed/],
    ["from the future", { thisUpdate: "2026-06-01T13:00:00Z" }, /future/],
    ["ended", { nextUpdate: "2026-06-01T11:00:00Z" }, /nextUpdate/],
    ["without an end", { nextUpdate: undefined }, /nextUpdate|DER/],
    ["of another city", { scope: scope({}, "Minato-ku") }, /another part/],
    ["for CAs only", { scope: scope({ onlyContainsCACerts: true }) }, /does not cover/],
    ["indirect", { scope: scope({ indirectCRL: true }) }, /does not cover/],
    ["unknown critical extension", { more: [extension("1.2.3.4", new CRLNumber(1), true)] }, /1\.2\.3\.4/],
    ["delta CRL", { more: [extension("2.5.29.27", new CRLNumber(1), true)] }, /2\.5\.29\.27/],
    ["the same extension twice", { more: [scope()] }, /twice/],
    [
      "unknown critical extension of another entry",
      { entries: [entry([9], undefined, [extension("2.5.29.29", new CRLNumber(1), true)])] },
      /2\.5\.29\.29/,
    ],
    ["an entry of a delta CRL", { entries: [entry(ours, CRLReasons.removeFromCRL)] }, /delta/],
    [
      "a reason that is none",
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
