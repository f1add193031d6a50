import { sign } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { CMSVersion } from "@peculiar/asn1-cms";
import { verifyCardSignature } from "../../../pki/card-verification/verify.ts";
import { attributeSet, contentTypeAttribute, digestAttribute, oidValue } from "./test-cms.ts";
import { anchors, at, ca, card, certificate, cmsOf, content, expectRefusal, verify } from "./verifying.ts";

describe("CMS_MALFORMED", () => {
  const malformed: [string, () => Uint8Array, RegExp][] = [
    ["nothing", () => new Uint8Array(), /strict DER/],
    ["noise", () => Buffer.from("not a CMS at all, just text"), /strict DER/],
    ["a certificate instead of a CMS", () => certificate, /strict DER/],
    ["truncated", () => cmsOf().subarray(0, -1), /strict DER/],
    ["trailing byte", () => Buffer.concat([cmsOf(), Buffer.of(0)]), /strict DER/],
    ["too large", () => cmsOf({ content: Buffer.alloc(30_000) }), /larger than/],
    ["BER indefinite length", () => indefinite(cmsOf()), /strict DER/],
    ["needlessly long length", () => longLength(cmsOf()), /strict DER/],
    ["no signer", () => cmsOf({ signers: 0 }), /exactly one signer/],
    ["two signers", () => cmsOf({ signers: 2 }), /exactly one signer/],
    ["SHA-1", () => cmsOf({ hash: "sha1" }), /digest algorithm/],
    [
      "digest and signature algorithm differ",
      () => cmsOf({ algorithm: "1.2.840.113549.1.1.12" }),
      /signature algorithm/,
    ],
    ["RSASSA-PSS", () => cmsOf({ algorithm: "1.2.840.113549.1.1.10" }), /signature algorithm/],
    ["content type other than id-data", () => cmsOf({ contentType: "1.2.840.113549.1.9.16.1.4" }), /id-data/],
    ["no certificate", () => cmsOf({ certificates: [] }), /exactly once/],
    ["the CA's certificate alone", () => cmsOf({ certificates: [ca.certificate] }), /exactly once/],
    ["the same certificate twice", () => cmsOf({ certificates: [certificate, certificate] }), /exactly once/],
    [
      "five certificates",
      () => cmsOf({ certificates: Array(5).fill(certificate) as Buffer[] }),
      /more than 4/,
    ],
    [
      "version that does not go with the signer",
      () => cmsOf({ edit: (data) => void (data.version = CMSVersion.v3) }),
      /version/,
    ],
    [
      "digest algorithm not announced",
      () => cmsOf({ edit: (data) => void data.digestAlgorithms.pop() }),
      /digest algorithm/,
    ],
    ["unsigned attributes", () => cmsOf({ unsigned: [contentTypeAttribute()] }), /unsigned/],
    [
      "attributes not in DER order",
      () => cmsOf({ attributes: [digestAttribute(content), contentTypeAttribute()] }),
      /order/,
    ],
    [
      "contentType twice",
      () => cmsOf({ attributes: [contentTypeAttribute(), contentTypeAttribute(), digestAttribute(content)] }),
      /twice/,
    ],
    [
      "messageDigest twice",
      () =>
        cmsOf({ attributes: [contentTypeAttribute(), digestAttribute(content), digestAttribute(content)] }),
      /twice/,
    ],
    ["no contentType", () => cmsOf({ attributes: [digestAttribute(content)] }), /1\.9\.3/],
    ["no messageDigest", () => cmsOf({ attributes: [contentTypeAttribute()] }), /1\.9\.4/],
    [
      "contentType of something else",
      () => cmsOf({ attributes: [contentTypeAttribute("1.2.3"), digestAttribute(content)] }),
      /contentType/,
    ],
    [
      "contentType with two values",
      () => cmsOf({ attributes: [twoTypes(), digestAttribute(content)] }),
      /exactly one value/,
    ],
  ];
  test.each(malformed)("fail/%s", (_, cms, detail) => {
    expectRefusal(verifyCardSignature({ cms: cms(), anchors, at }), "CMS_MALFORMED", detail);
  });

  test("ok/the message is not changed by reading it", () => {
    const cms = cmsOf();
    const before = Buffer.from(cms);
    verifyCardSignature({ cms, anchors, at });
    expect(cms.equals(before)).toBe(true);
  });

  test("fail/detached without content, attached with content", () => {
    expectRefusal(verify({ detached: true }), "CMS_MALFORMED", /either/);
    expectRefusal(verify({}, { content }), "CMS_MALFORMED", /either/);
  });

  test("fail/GHSA-58hw-cg5m-88rp: signed attributes left out", () => {
    expectRefusal(verify({ attributes: [] }), "CMS_MALFORMED", /no signed attributes/);
  });

  test("fail/GHSA-g258-q5gf-7hvx: the signed attributes passed off as the content", () => {
    const attributes = attributeSet([contentTypeAttribute(), digestAttribute(content)]);
    const signature = sign("sha256", attributes, card.privateKey);
    expectRefusal(verify({ content: attributes, attributes: [], signature }), "CMS_MALFORMED");
  });
});

/** The outer SEQUENCE with an indefinite length (X.690 §8.1.3.6). */
function indefinite(cms: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0x30, 0x80), cms.subarray(4), Buffer.of(0, 0)]);
}

/** The outer length in three octets where two do. */
function longLength(cms: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0x30, 0x83, 0), cms.subarray(2)]);
}

function twoTypes() {
  const attribute = contentTypeAttribute();
  // In the order of DER: the shorter encoding comes first.
  attribute.attrValues.unshift(oidValue("1.2.3"));
  return attribute;
}
