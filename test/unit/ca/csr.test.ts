import { execFileSync } from "node:child_process";
import { createHash, webcrypto } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Pkcs10CertificateRequestGenerator } from "@peculiar/x509";
import * as asn1js from "asn1js";
import * as fc from "fast-check";
import { readCertificateRequest } from "../../../pki/ca/csr.ts";
import { scratchDirectory } from "./openssl.ts";

let scratch: ReturnType<typeof scratchDirectory>;
let good: Buffer;

/** A request as OpenSSL makes it, DER. */
const request = (newKey: string[], more: string[] = []): Buffer =>
  execFileSync(
    "openssl",
    [
      "req",
      "-new",
      "-nodes",
      "-keyout",
      join(scratch.path, "key.pem"),
      "-subj",
      "/CN=phone",
      "-outform",
      "DER",
      "-newkey",
      ...newKey,
      ...more,
    ],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
const ec = (curve: string, ...more: string[]) => ["ec", "-pkeyopt", `ec_paramgen_curve:${curve}`, ...more];

beforeAll(() => {
  scratch = scratchDirectory();
  good = request(ec("P-256"));
});
afterAll(() => scratch.remove());

/** A request that is right but for its `[0]`, which is left out; OpenSSL and many clients take it so. */
async function withoutAttributes(): Promise<Uint8Array> {
  const { subtle } = webcrypto;
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const keys = await subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const spki = Buffer.from(await subtle.exportKey("spki", keys.publicKey));
  const name = new asn1js.Sequence();
  const info = new asn1js.Sequence({
    value: [new asn1js.Integer({ value: 0 }), name, asn1js.fromBER(spki).result],
  });
  const signed = new Uint8Array(info.toBER());
  const raw = Buffer.from(await subtle.sign({ name: "ECDSA", hash: "SHA-256" }, keys.privateKey, signed));
  const integers = [raw.subarray(0, 32), raw.subarray(32)].map((half) =>
    asn1js.Integer.fromBigInt(BigInt(`0x${half.toString("hex")}`)),
  );
  const signature = new asn1js.Sequence({ value: integers }).toBER();
  const ecdsaWithSha256 = new asn1js.ObjectIdentifier({ value: "1.2.840.10045.4.3.2" });
  const request = new asn1js.Sequence({
    value: [
      info,
      new asn1js.Sequence({ value: [ecdsaWithSha256] }),
      new asn1js.BitString({ valueHex: signature }),
    ],
  });
  return new Uint8Array(request.toBER());
}

const codeOf = (der: Uint8Array): string => {
  const verdict = readCertificateRequest(der);
  return verdict.ok ? "ok" : verdict.code;
};

describe("certificate request", () => {
  test("ok/ as OpenSSL makes it", () => {
    const verdict = readCertificateRequest(good);
    if (!verdict.ok) throw new Error(verdict.detail);
    const file = join(scratch.path, "key.pem");
    const spki = execFileSync("openssl", ["pkey", "-in", file, "-pubout", "-outform", "DER"]);
    expect(spki.equals(verdict.spki)).toBe(true);
    expect(verdict.spkiSha256).toBe(createHash("sha256").update(spki).digest("base64url"));
  });

  test("ok/ with extensions asked for", () => {
    expect(codeOf(request(ec("P-256"), ["-addext", "subjectAltName=DNS:ignored.example"]))).toBe("ok");
  });

  test("ok/ as a WebCrypto client makes it", async () => {
    const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
    const keys = await webcrypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
    const made = await Pkcs10CertificateRequestGenerator.create(
      { name: "CN=phone", keys, signingAlgorithm: algorithm },
      webcrypto,
    );
    expect(codeOf(new Uint8Array(made.rawData))).toBe("ok");
  });

  test.each([
    ["P-384", () => request(ec("P-384"))],
    ["secp256k1", () => request(ec("secp256k1"))],
    ["brainpoolP256r1", () => request(ec("brainpoolP256r1"))],
    ["RSA", () => request(["rsa:2048"])],
    ["Ed25519", () => request(["ed25519"])],
    ["SHA-384", () => request(ec("P-256"), ["-sha384"])],
    ["SHA-1", () => request(ec("P-256"), ["-sha1"])],
    ["explicit curve parameters", () => request(ec("P-256", "-pkeyopt", "ec_param_enc:explicit"))],
  ])("fail/ %s is refused", (_name, make) => {
    expect(codeOf(make())).toBe("CSR_MALFORMED");
  });

  test("fail/ without the attributes field, which RFC 2986 §4.1 has even when it is empty: the reason names it", async () => {
    const verdict = readCertificateRequest(await withoutAttributes());
    expect(verdict).toMatchObject({ ok: false, code: "CSR_MALFORMED" });
    expect(!verdict.ok && verdict.detail).toMatch(/attributes/);
  });

  test("fail/ a signature by another key", () => {
    const other = request(ec("P-256"));
    // The same layout twice: the signed part of one with the key of the other.
    const spkiStart = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107", "hex");
    const swapped = Buffer.from(good);
    other.copy(swapped, swapped.indexOf(spkiStart), other.indexOf(spkiStart), other.indexOf(spkiStart) + 91);
    expect(codeOf(swapped)).toBe("CSR_PROOF_INVALID");
  });

  test("fail/ a subject changed after signing", () => {
    const changed = Buffer.from(good);
    changed.write("phish", changed.indexOf("phone"));
    expect(codeOf(changed)).toBe("CSR_PROOF_INVALID");
  });

  test("fail/ a point that is not on the curve", () => {
    const point = Buffer.from("03420004", "hex");
    const off = Buffer.from(good);
    off.writeUInt8(off.readUInt8(off.indexOf(point) + 10) ^ 1, off.indexOf(point) + 10);
    expect(codeOf(off)).toBe("CSR_MALFORMED");
  });

  test("fail/ trailing bytes, cut, empty, BER length, too long, PEM", () => {
    expect(codeOf(Buffer.concat([good, Buffer.of(0)]))).toBe("CSR_MALFORMED");
    expect(codeOf(good.subarray(0, -1))).toBe("CSR_MALFORMED");
    expect(codeOf(new Uint8Array())).toBe("CSR_MALFORMED");
    expect(good.readUInt8(1)).toBeLessThan(0x83);
    const header = good.readUInt8(1) === 0x82 ? 4 : good.readUInt8(1) === 0x81 ? 3 : 2;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(good.length - header);
    const ber = Buffer.concat([Buffer.of(0x30, 0x84), length, good.subarray(header)]);
    expect(codeOf(ber)).toBe("CSR_MALFORMED");
    expect(codeOf(request(ec("P-256"), ["-addext", `nsComment=${"x".repeat(4_100)}`]))).toBe("CSR_MALFORMED");
    expect(codeOf(Buffer.from(`-----BEGIN CERTIFICATE REQUEST-----\n${good.toString("base64")}`))).toBe(
      "CSR_MALFORMED",
    );
  });

  test("fail/ deep nesting ends in a refusal", () => {
    expect(codeOf(Buffer.alloc(4_096, Buffer.of(0x30, 0x80)))).toBe("CSR_MALFORMED");
  });

  test("fail/ one byte changed anywhere is always refused", () => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, difference) => {
        const changed = Buffer.from(good);
        changed.writeUInt8(changed.readUInt8(at) ^ difference, at);
        expect(codeOf(changed)).not.toBe("ok");
      }),
      { numRuns: 300 },
    );
  });
});
