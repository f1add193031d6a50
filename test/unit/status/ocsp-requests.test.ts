import { execFileSync } from "node:child_process";
import { describe, expect, test } from "@jest/globals";
import { OCSPRequest } from "@peculiar/asn1-ocsp";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import type { Extension } from "@peculiar/asn1-x509";
import { issue } from "../ca/issuing.ts";
import { active, listeners, registry, restart } from "./listening.ts";
import {
  askOcspListeners,
  certStatusOf,
  chains,
  get,
  post,
  requestOf,
  requestOfSerial,
  statusOf,
} from "./ocsp-listening.ts";

askOcspListeners();

describe("OCSP requests", () => {
  /** Arguments of `openssl ocsp` that name what a request is about. */
  const ours = () => ["-issuer", chains.g2.issuing, "-cert", chains.g2.leaf];
  const ofAnotherIssuer = () => ["-issuer", chains.g2.root, "-serial", `0x${chains.g2.serial}`];
  const ofAnUnknownHash = () => ["-issuer", chains.g2.issuing, "-sha384", "-cert", chains.g2.leaf];
  test.each([
    ["another issuer", ofAnotherIssuer],
    ["an unknown hash", ofAnUnknownHash],
    ["one of ours beside one of another issuer", () => ours().concat(ofAnotherIssuer())],
    ["one of ours beside one with an unknown hash", () => ours().concat(ofAnUnknownHash())],
  ])("fail/ %s is unauthorized, for which Postgres is not asked", async (_name, args) => {
    registry.down = true;
    for (const nonce of ["-nonce", "-no_nonce"]) {
      const request = execFileSync("openssl", ["ocsp", nonce, ...args(), "-reqout", "-"]);
      for (const response of [await post(request), await get(request)]) {
        expect(response.headers.get("cache-control")).toBe("no-store");
        expect(await statusOf(response)).toBe("unauthorized");
      }
    }
  });

  test("fail/ unauthorized requests do not count towards the signature limit", async () => {
    await restart({ onlinePerSecond: 100, onlinePerSecondAndAddress: 1 });
    const other = execFileSync("openssl", ["ocsp", ...ofAnotherIssuer(), "-reqout", "-"]);
    for (let time = 0; time < 5; time += 1) expect(await statusOf(await post(other))).toBe("unauthorized");
    expect(await statusOf(await post(requestOf(["-nonce"])))).toBe("successful");
  });

  test("fail/ certificates of two generations in one request: unauthorized, for no signer may answer for both", async () => {
    const first = ["-cert", chains.g2.leaf, "-issuer", chains.g1.issuing];
    expect(await statusOf(await post(requestOf(first, { ...chains.g2, leaf: chains.g1.leaf })))).toBe(
      "unauthorized",
    );
  });

  test("ok/ GET with // and /../ inside the base64 is not taken for a path", async () => {
    // Serials whose base64 has `//` in it: three octets of 0xff, at each alignment.
    for (const digits of ["5fffffffff", "5fffffffffff", "5fffffffffffff"]) {
      registry.issued(digits, { generation: "g2" });
      const request = requestOfSerial(digits).toString("base64");
      expect(request).toContain("//");
      expect(await certStatusOf(await fetch(`${listeners.ocsp}/${request}`))).toBe("good");
    }
    expect(await statusOf(await fetch(`${listeners.ocsp}/..%2f..%2fissuing.crl`))).toBe("malformedrequest");
  });

  test("fail/ a serial in more octets than it needs is not DER: malformedRequest", async () => {
    const { serial } = await issue(active);
    registry.issued(serial, { generation: "g2" });
    const ofSerial = requestOfSerial(serial);
    const parsed = AsnConvert.parse(new Uint8Array(ofSerial), OCSPRequest);
    parsed.tbsRequest.requestList[0]!.reqCert.serialNumber = new Uint8Array(
      Buffer.concat([Buffer.of(0), Buffer.from(serial, "hex")]),
    ).buffer;
    const padded = await post(new Uint8Array(AsnConvert.serialize(parsed)));
    expect(await statusOf(padded)).toBe("malformedrequest");
  });

  test.each([
    ["empty", ""],
    ["bad percent-encoding", "%zz%"],
    ["not base64", "%20%20"],
    ["base64 of nothing known", "AAAA"],
    ["too long", "M".repeat(5_600)],
  ])("fail/ GET %s is malformedRequest", async (_name, path) => {
    const response = await fetch(`${listeners.ocsp}/${path}`);
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await statusOf(response)).toBe("malformedrequest");
  });

  test("fail/ POST of garbage, nothing, trailing bytes, a huge nonce, a critical extension is malformedRequest", async () => {
    const request = requestOf();
    const changed = (change: (extension: Extension) => void): Uint8Array => {
      const parsed = AsnConvert.parse(new Uint8Array(request), OCSPRequest);
      change(parsed.tbsRequest.requestExtensions![0]!);
      return new Uint8Array(AsnConvert.serialize(parsed));
    };
    const garbage = [
      Buffer.from("garbage"),
      Buffer.alloc(0),
      Buffer.concat([request, Buffer.of(0)]),
      changed((nonce) => {
        nonce.extnValue = new OctetString(AsnConvert.serialize(new OctetString(new Uint8Array(129))));
      }),
      changed((nonce) => Object.assign(nonce, { extnID: "1.3.6.1.5.5.7.48.1.7", critical: true })),
    ];
    for (const body of garbage) expect(await statusOf(await post(body))).toBe("malformedrequest");
  });

  test("fail/ another content type is 415, a body over 4 KB 413, another method or path no OCSP", async () => {
    expect((await post(requestOf(), "application/json")).status).toBe(415);
    expect((await post(new Uint8Array(4_097))).status).toBe(413);
    expect((await fetch(listeners.ocsp, { method: "PUT" })).status).toBe(404);
    expect((await fetch(`${listeners.ocsp}/other`, { method: "POST" })).status).toBe(404);
  });
});
