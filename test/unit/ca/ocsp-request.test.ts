import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { CertID, id_pkix_ocsp_nonce, OCSPRequest, Request, TBSRequest } from "@peculiar/asn1-ocsp";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { AlgorithmIdentifier, Extension } from "@peculiar/asn1-x509";
import * as fc from "fast-check";
import { openAuthorities } from "../../../pki/ca/authorities.ts";
import type { Authority } from "../../../pki/ca/authority.ts";
import { parseOcspRequest } from "../../../pki/ca/ocsp-request.ts";
import { scratchDirectory, writePem } from "./openssl.ts";
import { passphrase } from "./passphrase.ts";

let scratch: ReturnType<typeof scratchDirectory>;
let authority: Authority;
let issuing: string;

beforeAll(async () => {
  scratch = scratchDirectory();
  const directory = join(scratch.path, "ca");
  authority = (await openAuthorities({ directory, passphrase, development: true })).active;
  issuing = writePem(scratch.path, "issuing.pem", "CERTIFICATE", authority.issuing);
});
afterAll(() => scratch.remove());

const byOpenssl = (...more: string[]): Buffer =>
  execFileSync("openssl", ["ocsp", "-issuer", issuing, "-serial", "0x1234", ...more, "-reqout", "-"]);

/** A request made by parts, for what OpenSSL's command line does not make. */
const byParts = (more: Partial<TBSRequest> = {}, count = 1): Uint8Array => {
  const reqCert = new CertID({
    hashAlgorithm: new AlgorithmIdentifier({ algorithm: "1.3.14.3.2.26", parameters: null }),
    issuerNameHash: new OctetString(new ArrayBuffer(20)),
    issuerKeyHash: new OctetString(new ArrayBuffer(20)),
    serialNumber: new Uint8Array([0x12, 0x34]).buffer,
  });
  const requestList = Array.from({ length: count }, () => new Request({ reqCert }));
  return new Uint8Array(
    AsnConvert.serialize(new OCSPRequest({ tbsRequest: new TBSRequest({ requestList, ...more }) })),
  );
};
const withNonce = (content: ArrayBuffer) =>
  byParts({ requestExtensions: [extension(id_pkix_ocsp_nonce, false, content)] });
const extension = (extnID: string, critical: boolean, content: ArrayBuffer) =>
  new Extension({ extnID, critical, extnValue: new OctetString(content) });
const nonceOf = (length: number) => AsnConvert.serialize(new OctetString(new Uint8Array(length).fill(7)));

describe("OCSP request", () => {
  test("ok/ as OpenSSL makes it, with and without a nonce, one and several", () => {
    expect(parseOcspRequest(byOpenssl("-no_nonce"))).toMatchObject({
      certIds: [{ serial: expect.any(String) }],
    });
    expect(parseOcspRequest(byOpenssl("-no_nonce"))?.nonce).toBeUndefined();
    expect(parseOcspRequest(byOpenssl("-nonce"))?.nonce).toHaveLength(16);
    expect(parseOcspRequest(byOpenssl("-sha256", "-serial", "0x99"))?.certIds).toHaveLength(2);
  });

  test.each([1, 32, 128])("ok/ a nonce of %i bytes", (length) => {
    expect(parseOcspRequest(withNonce(nonceOf(length)))?.nonce).toEqual(new Uint8Array(length).fill(7));
  });

  test.each([0, 129, 3_000])("fail/ a nonce of %i bytes", (length) => {
    expect(parseOcspRequest(withNonce(nonceOf(length)))).toBeUndefined();
  });

  test("fail/ two nonces", () => {
    const nonce = extension(id_pkix_ocsp_nonce, false, nonceOf(16));
    expect(parseOcspRequest(byParts({ requestExtensions: [nonce, nonce] }))).toBeUndefined();
  });

  test("fail/ a nonce that is not an OCTET STRING", () => {
    expect(parseOcspRequest(withNonce(new Uint8Array([1, 2, 3]).buffer))).toBeUndefined();
    expect(parseOcspRequest(withNonce(new Uint8Array([2, 1, 5]).buffer))).toBeUndefined();
  });

  test("fail/ a critical extension that is not understood; one that is not critical is passed over", () => {
    const other = (critical: boolean) =>
      byParts({
        requestExtensions: [extension("1.3.6.1.5.5.7.48.1.7", critical, new Uint8Array([5, 0]).buffer)],
      });
    expect(parseOcspRequest(other(true))).toBeUndefined();
    expect(parseOcspRequest(other(false))).toBeDefined();
  });

  test("fail/ no certificate asked for, or more than eight", () => {
    expect(parseOcspRequest(byParts({}, 8))?.certIds).toHaveLength(8);
    expect(parseOcspRequest(byParts({}, 9))).toBeUndefined();
    expect(parseOcspRequest(byParts({}, 0))).toBeUndefined();
  });

  test("fail/ trailing bytes, cut, empty, nested, too long", () => {
    const good = byOpenssl("-no_nonce");
    expect(parseOcspRequest(Buffer.concat([good, Buffer.of(0)]))).toBeUndefined();
    expect(parseOcspRequest(good.subarray(0, -1))).toBeUndefined();
    expect(parseOcspRequest(new Uint8Array())).toBeUndefined();
    expect(parseOcspRequest(Buffer.alloc(4_096, Buffer.of(0x30, 0x80)))).toBeUndefined();
    expect(parseOcspRequest(new Uint8Array(4_097))).toBeUndefined();
  });

  test("fail/ no bytes make the parser throw", () => {
    const good = byOpenssl("-nonce");
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, value) => {
        const changed = Buffer.from(good);
        changed.writeUInt8(value, at);
        expect(() => parseOcspRequest(changed)).not.toThrow();
      }),
      { numRuns: 300 },
    );
  });
});
