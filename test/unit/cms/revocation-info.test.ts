import { expect, test } from "@jest/globals";
import { id_ri_ocsp_response, OtherRevocationInfoFormat } from "@peculiar/asn1-cms";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { readSignedData } from "../../../pki/cms/signed-data.ts";
import { makeCms } from "../card-verification/test-cms.ts";
import { crlOf } from "../card-verification/test-crl.ts";
import { rsa, TestCa } from "../card-verification/test-pki.ts";
import { ExactCertificateList } from "../der/certificate-list.ts";
import { revocationInfo, withRevocationInfo } from "../der/signed-message.ts";

const limits = { octets: 100_000, certificates: 5, attributes: 10 };
const keys = rsa();
const ca = new TestCa([["CN", "CA"]], keys, { extensions: [] });
const content = Buffer.from("content");
const cms = makeCms({ content, certificate: ca.certificate, ...keys });
const list = revocationInfo({ crl: AsnConvert.parse(crlOf(ca), ExactCertificateList) });
const withoutEnd = crlOf(ca, { nextUpdate: undefined });
const ocsp = revocationInfo({
  other: new OtherRevocationInfoFormat({
    otherRevInfoFormat: id_ri_ocsp_response,
    otherRevInfo: AsnConvert.serialize(new OctetString(4)),
  }),
});

/** The message whose CRL has been written over from behind: its lengths still fit. */
function withOctet(changed: Uint8Array, at: number, octet: number): Uint8Array {
  const copy = Uint8Array.from(changed);
  copy[at] = octet;
  return copy;
}

test("ok/a CRL and another kind of revocation information inside a message: the CRL is read, the other is reported", () => {
  expect(readSignedData(cms, limits).hasCrls).toBe(false);
  expect(readSignedData(withRevocationInfo(cms, []), limits).hasCrls).toBe(true);
  expect(readSignedData(withRevocationInfo(cms, [list, ocsp]), limits).hasCrls).toBe(true);
});

test("bad/a malformed CRL, a CRL without nextUpdate, or revocation information unknown to RFC 5652: refused with the reason", () => {
  const message = withRevocationInfo(cms, [list]);
  const crl = crlOf(ca);
  const start = Buffer.from(message).indexOf(crl.subarray(0, 40));
  // The version of the list: 1 stands for version 2.
  const version = start + crl.indexOf(Buffer.from([0x02, 0x01, 0x01])) + 2;
  expect(() => readSignedData(withOctet(message, version, 7), limits)).toThrow(/The CMS has an unusable CRL/);
  const endless = revocationInfo({ crl: AsnConvert.parse(withoutEnd, ExactCertificateList) });
  expect(() => readSignedData(withRevocationInfo(cms, [endless]), limits)).toThrow(
    expect.objectContaining({ flaw: "MALFORMED", message: expect.stringContaining("nextUpdate") }),
  );
  expect(() => readSignedData(withOctet(message, start, 0x31), limits)).toThrow(/not strict DER/);
});
