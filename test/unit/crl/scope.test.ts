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
  id_ce_issuingDistributionPoint,
  Reason,
  RelativeDistinguishedName,
} from "@peculiar/asn1-x509";
import { crlAddressesOf } from "../../../pki/crl/scope.ts";
import { crlStatusSync } from "../../../pki/crl/status.ts";
import { readCertificate } from "../../../pki/x509/certificate.ts";
import { verifyWithNode } from "../../../pki/x509/node-signature.ts";
import { crlOf, scope } from "../card-verification/test-crl.ts";
import {
  cityName,
  extension,
  makeName,
  type Parts,
  signCaName,
  TestCa,
} from "../card-verification/test-pki.ts";
import { answer, asked, ca, keys, name } from "./asking.ts";
import type { Asked } from "./cases.ts";

const points = (...all: DistributionPoint[]) =>
  extension(id_ce_cRLDistributionPoints, new CRLDistributionPoints(all));
const naming = (...names: GeneralName[]) => new DistributionPointName({ fullName: names });
const directory = (parts: Parts) => new GeneralName({ directoryName: makeName(parts) });
const url = (address: string) => new GeneralName({ uniformResourceIdentifier: address });
const here = directory(cityName("Chiyoda-ku"));
const elsewhere = directory(cityName("Minato-ku"));

const withPoints = (...all: DistributionPoint[]) =>
  asked(ca.issue(keys, { replace: { [id_ce_cRLDistributionPoints]: points(...all) } }));

const relative = (city: string, rdn = new RelativeDistinguishedName([...makeName([["CN", city]])[0]!])) =>
  new DistributionPointName({ nameRelativeToCRLIssuer: rdn });
const idp = (more: Partial<IssuingDistributionPoint>) =>
  extension(id_ce_issuingDistributionPoint, new IssuingDistributionPoint(more), true);
const noPart = { scope: undefined };

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
  ])("ok/%s: the certificates it is about", async (_, only, person, ofCa) => {
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
      why: "The certificate was not issued by the given CA.",
    });
  });
});
