import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { OCSPRequest } from "@peculiar/asn1-ocsp";
import { AsnConvert } from "@peculiar/asn1-schema";
import { parseOcspRequest } from "../../../pki/ca/ocsp-request.ts";
import { makeOcspRequest, readOcspResponse } from "../../../pki/card-verification/ocsp.ts";
import {
  anchor,
  ca,
  card,
  cardOf,
  expected,
  keys,
  nonce,
  request,
  responder,
  responderCertificate,
} from "./test-ocsp.ts";
import { der, keyIdOf, makeName, pemOf } from "./test-pki.ts";

describe("makeOcspRequest", () => {
  test.each(["00", "7f", "ff01", "-80", "-ff7f"])("ok/it asks for the serial %s and no other", (serial) => {
    const asked = parseOcspRequest(makeOcspRequest({ ...card, serial }, anchor, nonce));
    expect(asked?.certIds.map((certId) => certId.serial)).toEqual([serial]);
  });

  test("ok/OpenSSL answers it, and the answer is read", () => {
    const now = new Date();
    const issue = (serial: number[]) =>
      cardOf(
        ca.issue(keys, {
          serial,
          notBefore: new Date(now.getTime() - 1e9).toISOString(),
          notAfter: new Date(now.getTime() + 1e9).toISOString(),
        }),
        now,
      );
    const folder = mkdtempSync(join(tmpdir(), "kazasu-ocsp-"));
    const at = (name: string) => join(folder, name);
    const ask = (asked: typeof card) => {
      writeFileSync(at("request.der"), makeOcspRequest(asked, anchor, nonce));
      const signer = ["-rsigner", at("responder.pem"), "-rkey", at("key.pem")];
      const files = [
        "-index",
        at("index"),
        "-CA",
        at("ca.pem"),
        "-reqin",
        at("request.der"),
        "-respout",
        at("response.der"),
      ];
      execFileSync("openssl", ["ocsp", ...files, ...signer, "-nmin", "15"], { stdio: "ignore" });
      return readOcspResponse(readFileSync(at("response.der")), { ...expected, card: asked, at: new Date() });
    };
    try {
      writeFileSync(
        at("index"),
        "V\t491231000000Z\t\t012345\tunknown\t/CN=good\n" +
          "R\t491231000000Z\t260501000000Z,superseded\tABCDEF\tunknown\t/CN=revoked\n",
      );
      writeFileSync(at("ca.pem"), ca.pem);
      const years = { notAfter: "2049-01-01T00:00:00Z" };
      writeFileSync(at("responder.pem"), pemOf(responderCertificate(years)));
      writeFileSync(at("key.pem"), responder.privateKey.export({ type: "pkcs8", format: "pem" }));
      expect(ask(issue([0x01, 0x23, 0x45]))).toMatchObject({ ok: true, status: "good" });
      const revokedOne = issue([0x00, 0xab, 0xcd, 0xef]);
      expect(ask(revokedOne)).toMatchObject({ ok: true, status: "revoked", reason: "superseded" });
      expect(ask(issue([0x55]))).toMatchObject({ ok: true, status: "unknown" });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("ok/it names the certificate by hashes of the CA's name and key", () => {
    const [asked] = AsnConvert.parse(request, OCSPRequest).tbsRequest.requestList;
    const sha1 = (bytes: Uint8Array) => createHash("sha1").update(bytes).digest("hex");
    expect(Buffer.from(asked!.reqCert.issuerNameHash.buffer).toString("hex")).toBe(
      sha1(der(makeName(ca.name))),
    );
    expect(Buffer.from(asked!.reqCert.issuerKeyHash.buffer)).toEqual(keyIdOf(ca.keys.publicKey));
    expect(Buffer.from(asked!.reqCert.serialNumber).toString("hex")).toBe("012345");
  });
});
