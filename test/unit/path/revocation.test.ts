import { expect, test } from "@jest/globals";
import type { Certificate } from "../../../pki/x509/certificate.ts";
import { goodByCrls } from "../../../pki/x509/path/revocation.ts";
import { keyUsageBits } from "../../../pki/x509/usage.ts";
import { at, find, outcome } from "./finding.ts";
import { type Ca, der, ext, integer, make, makeCa, makeCrl, makeKey, makeSigner } from "./making.ts";

/** NIST PKITS has the rest of the rules (test/judges/pkits). */

const root = makeCa("root");
const issuing = makeCa("issuing", root);
const signer = makeSigner(issuing);
const good = "signer < issuing < root";
const rootCrl = makeCrl(root);

function judge(crls: readonly Uint8Array[], more: readonly Certificate[] = []) {
  const intermediates = [issuing.certificate, ...more];
  const accept = goodByCrls({ crls, intermediates, at });
  return find(signer, { anchors: [root.certificate], intermediates, accept });
}

const partial = { oid: "2.5.29.28", critical: true, value: der(0x30, der(0x83, Buffer.from([1, 0x40]))) };
const delta = { oid: "2.5.29.27", critical: true, value: integer(1) };
const unknown = ext.other("1.2.3.4");
const other = makeSigner(issuing);

test.each([
  ["a list for each", [rootCrl, makeCrl(issuing)], good],
  ["another certificate listed", [rootCrl, makeCrl(issuing, { revoked: [other] })], good],
  ["the signer listed", [rootCrl, makeCrl(issuing, { revoked: [other, signer] })], "revoked"],
  [
    "the signer listed in one of two",
    [rootCrl, makeCrl(issuing), makeCrl(issuing, { revoked: [signer] })],
    "revoked",
  ],
  ["the CA listed", [makeCrl(root, { revoked: [issuing.certificate] }), makeCrl(issuing)], "revoked"],
  ["no list of the root's", [makeCrl(issuing)], "status-unknown"],
  ["no list of the CA's", [rootCrl], "status-unknown"],
  ["no list at all", [], "status-unknown"],
  ["a list by another key", [rootCrl, makeCrl(issuing, { by: makeKey() })], "status-unknown"],
  ["a list for some reasons", [rootCrl, makeCrl(issuing, { extensions: [partial] })], "status-unknown"],
  [
    "a list with an unknown critical extension",
    [rootCrl, makeCrl(issuing, { extensions: [unknown] })],
    "status-unknown",
  ],
  [
    "a delta beside the list",
    [rootCrl, makeCrl(issuing), makeCrl(issuing, { extensions: [delta] })],
    "status-unknown",
  ],
  ["an input that is not a CRL", [rootCrl, makeCrl(issuing), new Uint8Array([0x30, 0])], good],
])("%s: %s", (_, crls, right) => {
  expect(outcome(judge(crls))).toBe(right);
});

test("fail/ a CA that may not sign lists", () => {
  const certificate = make({
    subject: "issuing",
    key: issuing.key,
    issuer: "root",
    by: root.key,
    extensions: [ext.ca(), ext.usage(keyUsageBits.keyCertSign)],
  });
  const intermediates = [certificate];
  const accept = goodByCrls({ crls: [rootCrl, makeCrl(issuing)], intermediates, at });
  expect(outcome(find(signer, { anchors: [root.certificate], intermediates, accept }))).toBe(
    "status-unknown",
  );
});

test("ok/ a revoked path hides no good one", () => {
  const again = make({ subject: "issuing", key: issuing.key, issuer: "root", by: root.key });
  for (const [revoked, right] of [
    [issuing.certificate, again],
    [again, issuing.certificate],
  ] as const) {
    const result = judge([makeCrl(root, { revoked: [revoked] }), makeCrl(issuing)], [again]);
    expect(result.ok && result.path[1] === right).toBe(true);
  }
});

test("ok/ a key for lists alone, below the same root; fail/ revoked, or below another", () => {
  const key = makeKey();
  const usage = [ext.usage(keyUsageBits.cRLSign)];
  const listed = (by: Ca) =>
    make({ subject: "issuing", key, issuer: by.name, by: by.key, extensions: usage });
  const certificate = listed(root);
  const crl = makeCrl(issuing, { by: key });
  expect(outcome(judge([rootCrl, crl], [certificate]))).toBe(good);
  expect(outcome(judge([makeCrl(root, { revoked: [certificate] }), crl], [certificate]))).toBe(
    "status-unknown",
  );
  const stranger = makeCa("stranger");
  expect(outcome(judge([rootCrl, crl, makeCrl(stranger)], [listed(stranger), stranger.certificate]))).toBe(
    "status-unknown",
  );
  // Vouched for by its own list.
  expect(outcome(judge([rootCrl, crl], [listed(issuing)]))).toBe("status-unknown");
});

test("fail/ dozens of certificates and lists of one name: signatures are counted", () => {
  const strangers = Array.from({ length: 31 }, () =>
    make({ subject: "issuing", key: makeKey(), issuer: "root", by: root.key }),
  );
  const crls = Array.from({ length: 100 }, () => makeCrl(issuing, { by: makeKey() }));
  const result = judge([rootCrl, ...crls], strangers);
  expect(outcome(result)).toBe("status-unknown");
  expect(result.signatures).toBeLessThanOrEqual(64 + 64 + 8 * 16);
});
