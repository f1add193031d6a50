import { sign } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { OctetString } from "@peculiar/asn1-schema";
import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  CRLDistributionPoints,
  DistributionPoint,
  DistributionPointName,
  Extension,
  GeneralName,
  IssuingDistributionPoint,
  id_ce_basicConstraints,
  id_ce_cRLDistributionPoints,
  id_ce_cRLNumber,
  id_ce_issuingDistributionPoint,
  Reason,
  RelativeDistinguishedName,
} from "@peculiar/asn1-x509";
import { describeCrl, findEntry } from "../../../pki/crl/describe.ts";
import { elementAt } from "../../../pki/crl/header.ts";
import { crlAddressesOf } from "../../../pki/crl/scope.ts";
import { crlStatusSync } from "../../../pki/crl/status.ts";
import { readCertificate } from "../../../pki/x509/certificate.ts";
import { verifyWithNode } from "../../../pki/x509/node-signature.ts";
import { crlOf, entry, ours, scope } from "../card-verification/test-crl.ts";
import {
  cityName,
  extension,
  makeName,
  type Parts,
  rsa,
  signCaName,
  TestCa,
} from "../card-verification/test-pki.ts";
import { type Asked, inWords, statuses, streamed } from "./cases.ts";

const name = signCaName("JPKI-TEST");
const ca = new TestCa(name);
const keys = rsa();
const at = new Date("2026-06-01T12:00:00Z");
const plain = ca.issue(keys);
const points = (...all: DistributionPoint[]) =>
  extension(id_ce_cRLDistributionPoints, new CRLDistributionPoints(all));
const naming = (...names: GeneralName[]) => new DistributionPointName({ fullName: names });
const directory = (parts: Parts) => new GeneralName({ directoryName: makeName(parts) });
const url = (address: string) => new GeneralName({ uniformResourceIdentifier: address });
const here = directory(cityName("Chiyoda-ku"));
const elsewhere = directory(cityName("Minato-ku"));

function asked(certificate = plain, authority = ca): Asked {
  const issuer = readCertificate(authority.certificate);
  return { certificate: readCertificate(certificate), issuer, issuerPem: authority.pem, at };
}
const withPoints = (...all: DistributionPoint[]) =>
  asked(ca.issue(keys, { replace: { [id_ce_cRLDistributionPoints]: points(...all) } }));
const at7 = "taken 7";

/** One answer by every entry to the reader; and what the change detection takes. */
async function answer(crl: Uint8Array, question = asked()): Promise<string> {
  const found = Object.values(await statuses(crl, question, [61])).map(inWords);
  expect(new Set(found).size).toBe(1);
  const taken = await streamed(crl, question, [61]);
  expect(taken.startsWith(at7)).toBe(!found[0]!.startsWith("unusable"));
  return found[0]!;
}

/** Text put in the place of other text of the same length, and the list signed anew. */
function changed(crl: Uint8Array, from: string, to: string): Buffer {
  const text = Buffer.from(crl).toString("latin1");
  expect(text).toContain(from);
  const der = Buffer.from(text.replace(from, to), "latin1");
  expect(der.length).toBe(crl.length);
  const tbs = der.subarray(elementAt(der, 0)!.content);
  const signature = sign("sha256", tbs.subarray(0, elementAt(tbs, 0)!.end), ca.keys.privateKey);
  return Buffer.concat([der.subarray(0, -signature.length), signature]);
}

const revokedOn = "260520000000Z";
const revoked = { entries: [entry(ours)] };
const relative = (city: string, rdn = new RelativeDistinguishedName([...makeName([["CN", city]])[0]!])) =>
  new DistributionPointName({ nameRelativeToCRLIssuer: rdn });
const idp = (more: Partial<IssuingDistributionPoint>) =>
  extension(id_ce_issuingDistributionPoint, new IssuingDistributionPoint(more), true);
const numbered = (...octets: number[]) =>
  new Extension({ extnID: id_ce_cRLNumber, extnValue: new OctetString([2, octets.length, ...octets]) });
const noPart = { scope: undefined };

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
  ])("fail/an entry of %s, of whomever", async (time) => {
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

describe("distribution points", () => {
  test.each<[string, Asked, Parameters<typeof crlOf>[1], string]>([
    [
      "ok/the second name of the first",
      withPoints(new DistributionPoint({ distributionPoint: naming(elsewhere, here) })),
      {},
      "good",
    ],
    [
      "ok/the second point",
      withPoints(
        new DistributionPoint({ distributionPoint: naming(elsewhere) }),
        new DistributionPoint({ distributionPoint: naming(here) }),
      ),
      {},
      "good",
    ],
    [
      "ok/a list of several names",
      withPoints(new DistributionPoint({ distributionPoint: naming(here) })),
      { scope: idp({ distributionPoint: naming(url("http://crl.example/1.crl"), here) }) },
      "good",
    ],
    [
      "ok/a name in other letters",
      withPoints(new DistributionPoint({ distributionPoint: naming(directory(cityName("CHIYODA-ku"))) })),
      {},
      "good",
    ],
    [
      "ok/a name relative to the issuer",
      withPoints(new DistributionPoint({ distributionPoint: relative("x") })),
      { scope: idp({ distributionPoint: naming(directory([...name, ["CN", "x"]])) }) },
      "good",
    ],
    [
      "ok/a list named relative to the issuer",
      withPoints(new DistributionPoint({ distributionPoint: naming(directory([...name, ["CN", "x"]])) })),
      { scope: idp({ distributionPoint: relative("x") }) },
      "good",
    ],
    [
      "ok/no point, a list for all",
      asked(ca.issue(keys, { replace: { [id_ce_cRLDistributionPoints]: undefined } })),
      noPart,
      "good",
    ],
    [
      "fail/no point, a list for a part",
      asked(ca.issue(keys, { replace: { [id_ce_cRLDistributionPoints]: undefined } })),
      {},
      "another part",
    ],
    [
      "fail/another relative name",
      withPoints(new DistributionPoint({ distributionPoint: relative("y") })),
      { scope: idp({ distributionPoint: relative("x") }) },
      "another part",
    ],
    [
      "fail/a point for some reasons",
      withPoints(new DistributionPoint({ distributionPoint: naming(here), reasons: new Reason(2) })),
      {},
      "another part",
    ],
    [
      "fail/a point whose list another signs",
      withPoints(new DistributionPoint({ distributionPoint: naming(here), cRLIssuer: [directory(name)] })),
      {},
      "another part",
    ],
  ])("%s", async (_, question, mistakes, right) => {
    const found = await answer(crlOf(ca, mistakes), question);
    if (right === "good") expect(found).toBe("good");
    else expect(found).toContain(right);
  });

  test("ok/the addresses of a certificate's lists", () => {
    const addresses = (...names: GeneralName[]) =>
      crlAddressesOf(withPoints(new DistributionPoint({ distributionPoint: naming(...names) })).certificate);
    expect(addresses(here, url("ldap://x/"), url("HTTP://crl.example/1.crl"))).toEqual([
      "HTTP://crl.example/1.crl",
    ]);
    expect(addresses(here)).toEqual([]);
  });
});

describe("kinds of lists and certificates", () => {
  const authority = asked(
    ca.issue(keys, { more: [extension(id_ce_basicConstraints, new BasicConstraints({ cA: true }), true)] }),
  );
  test.each<[string, Partial<IssuingDistributionPoint>, string, string]>([
    ["onlyContainsUserCerts", { onlyContainsUserCerts: true }, "good", "onlyContainsUserCerts"],
    ["onlyContainsCACerts", { onlyContainsCACerts: true }, "onlyContainsCACerts", "good"],
    [
      "both",
      { onlyContainsUserCerts: true, onlyContainsCACerts: true },
      "onlyContainsCACerts",
      "onlyContainsUserCerts",
    ],
    ["onlyContainsAttributeCerts", { onlyContainsAttributeCerts: true }, "AttributeCerts", "AttributeCerts"],
    ["indirectCRL", { indirectCRL: true }, "indirectCRL", "indirectCRL"],
    ["onlySomeReasons", { onlySomeReasons: new Reason(0xff) }, "onlySomeReasons", "onlySomeReasons"],
  ])("ok/%s: whom it is for", async (_, only, person, ofCa) => {
    const crl = crlOf(ca, { scope: scope(only) });
    expect(await answer(crl)).toContain(person);
    expect(await answer(crl, authority)).toContain(ofCa);
  });

  test("fail/a delta CRL that does not say so as critical; a list by another certificate of the CA", async () => {
    const delta = new Extension({ extnID: "2.5.29.27", extnValue: new OctetString([2, 1, 1]) });
    expect(await answer(crlOf(ca, { more: [delta] }))).toContain("delta CRL");
    const authorityKey = new AuthorityKeyIdentifier({
      authorityCertIssuer: [directory(name)],
      authorityCertSerialNumber: Uint8Array.of(2).buffer,
    });
    expect(await answer(crlOf(ca, { authorityKey }))).toContain("another generation");
  });

  test("ok/a CA without keyUsage may sign lists", async () => {
    const { keyId } = ca;
    const free = new TestCa(name, ca.keys, {
      extensions: [
        extension(id_ce_basicConstraints, new BasicConstraints({ cA: true }), true),
        new Extension({ extnID: "2.5.29.14", extnValue: new OctetString([4, keyId.length, ...keyId]) }),
      ],
    });
    const question = { ...asked(), issuer: readCertificate(free.certificate) };
    expect(crlStatusSync(crlOf(ca), question, verifyWithNode).status).toBe("good");
  });

  test("fail/the list of another CA than the certificate's", () => {
    const other = new TestCa(signCaName("OTHER"), ca.keys);
    const question = { ...asked(), issuer: readCertificate(other.certificate) };
    expect(crlStatusSync(crlOf(other), question, verifyWithNode)).toEqual({
      status: "unusable",
      why: "The certificate was issued by another CA than the one whose CRL is asked.",
    });
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

  test("ok/of two entries of one serial the earlier counts", async () => {
    const twice = changed(crlOf(ca, { entries: [entry(ours), entry(ours)] }), revokedOn, "260521000000Z");
    const { atOnce } = await statuses(twice, asked(), [9]);
    expect(atOnce).toMatchObject({ status: "revoked", since: new Date("2026-05-20T00:00:00Z") });
  });

  test("ok/a list unjudged: what it claims, and what stands under a serial", () => {
    const crl = crlOf(ca, {
      entries: [entry([9]), entry([0xff]), entry(ours, 3)],
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

  test("fail/a list larger than what is read: told by its first octets", async () => {
    const crl = crlOf(ca, { entries: Array.from({ length: 50 }, () => entry(ours)) });
    const question = { ...asked(), maxBytes: crl.length - 1 };
    const why = `The CRL is larger than ${crl.length - 1} bytes.`;
    expect(crlStatusSync(crl, question, verifyWithNode)).toEqual({ status: "unusable", why });
    expect(crlStatusSync(crl.subarray(0, 9), question, verifyWithNode)).toEqual({ status: "unusable", why });
  });
});
