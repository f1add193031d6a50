import { constants, generateKeyPairSync, privateEncrypt, randomBytes, sign, verify } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { ECDSASigValue, ECParameters } from "@peculiar/asn1-ecc";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { assert, bigInt, property } from "fast-check";
import { spkiOf } from "../../../pki/key-store/pkcs11/public-key.ts";
import { tokenInput, x509Signature } from "../../../pki/key-store/pkcs11/signature.ts";

/** What tokens say and want, and what X.509 does: each translation against node:crypto. */

const oids = { "P-256": "1.2.840.10045.3.1.7", "P-384": "1.3.132.0.34", secp256k1: "1.3.132.0.10" };
const parametersOf = (curve: keyof typeof oids) =>
  new Uint8Array(AsnConvert.serialize(new ECParameters({ namedCurve: oids[curve] })));
const wrapped = (point: Uint8Array) => new Uint8Array(AsnConvert.serialize(new OctetString(point)));

function ecKey(curve: keyof typeof oids) {
  const pair = generateKeyPairSync("ec", { namedCurve: curve });
  const { x = "", y = "" } = pair.publicKey.export({ format: "jwk" });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
  const spki = new Uint8Array(pair.publicKey.export({ format: "der", type: "spki" }));
  return { ...pair, point, spki };
}

describe("the public key", () => {
  test.each(["P-256", "P-384"] as const)("ok/ %s, the point wrapped and bare", (curve) => {
    const { point, spki } = ecKey(curve);
    const parameters = parametersOf(curve);
    expect(spkiOf({ kind: "EC", point: wrapped(point), parameters })).toEqual(spki);
    expect(spkiOf({ kind: "EC", point, parameters })).toEqual(spki);
  });

  test("ok/ RSA, with the leading zero some devices put before the modulus", () => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const { n = "", e = "" } = publicKey.export({ format: "jwk" });
    const modulus = Buffer.concat([Buffer.from([0]), Buffer.from(n, "base64url")]);
    const spki = spkiOf({ kind: "RSA", modulus, publicExponent: Buffer.from(e, "base64url") });
    expect(spki).toEqual(new Uint8Array(publicKey.export({ format: "der", type: "spki" })));
  });

  test("fail/ another curve of the same size, a point off its curve, half a point, no parameters", () => {
    const { point } = ecKey("P-256");
    const parameters = parametersOf("P-256");
    const bitcoin = { kind: "EC", point: wrapped(ecKey("secp256k1").point) } as const;
    expect(() => spkiOf({ ...bitcoin, parameters: parametersOf("secp256k1") })).toThrow("curve");
    expect(() => spkiOf({ ...bitcoin, parameters })).toThrow();
    const compressed = wrapped(Uint8Array.from([2, ...point.subarray(1, 33)]));
    expect(() => spkiOf({ kind: "EC", point: compressed, parameters })).toThrow("whole point");
    expect(() => spkiOf({ kind: "EC", point, parameters: new Uint8Array() })).toThrow();
  });
});

describe("the signature", () => {
  test.each([
    ["P-256", "ecdsa-with-SHA256", "sha256"],
    ["P-384", "ecdsa-with-SHA384", "sha384"],
  ] as const)("ok/ r ‖ s of %s becomes what node verifies, small numbers too", (curve, algorithm, digest) => {
    const { privateKey, publicKey } = ecKey(curve);
    // Of 600 signatures some have an r or s that is shorter, by a byte or by its first bit.
    for (let time = 0; time < 600; time += 1) {
      const data = randomBytes(16);
      const raw = sign(digest, data, { key: privateKey, dsaEncoding: "ieee-p1363" });
      const signature = x509Signature(algorithm, raw);
      expect(verify(digest, data, { key: publicKey, dsaEncoding: "der" }, signature)).toBe(true);
    }
  });

  test("ok/ the numbers stay the same and are as short as DER wants them", () => {
    const numberOf = (octets: ArrayBuffer) => BigInt(`0x${Buffer.from(octets).toString("hex")}`);
    assert(
      property(bigInt(1n, 2n ** 256n - 1n), bigInt(1n, 2n ** 256n - 1n), (r, s) => {
        const hex = [r, s].map((number) => number.toString(16).padStart(64, "0")).join("");
        const signature = x509Signature("ecdsa-with-SHA256", Buffer.from(hex, "hex"));
        const read = AsnConvert.parse(signature, ECDSASigValue);
        expect([numberOf(read.r), numberOf(read.s)]).toEqual([r, s]);
        for (const octets of [new Uint8Array(read.r), new Uint8Array(read.s)]) {
          expect(octets[0]! & 0x80).toBe(0);
          expect(octets.length > 1 && octets[0] === 0 && (octets[1]! & 0x80) === 0).toBe(false);
        }
      }),
    );
  });

  test.each([32, 2_000_000])("ok/ what RSA signs of %d octets is their DigestInfo", async (octets) => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const data = randomBytes(octets);
    const { mechanism, data: input } = await tokenInput("sha256WithRSAEncryption", data);
    expect(mechanism).toBe("RSA_PKCS");
    const signature = privateEncrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, input);
    expect(verify("sha256", data, publicKey, x509Signature("sha256WithRSAEncryption", signature))).toBe(true);
  });

  test.each([
    ["ecdsa-with-SHA256", 32],
    ["ecdsa-with-SHA384", 48],
  ] as const)("ok/ what %s signs is a digest of %d octets, of much data too", async (algorithm, octets) => {
    for (const size of [1, 2_000_000]) {
      const { mechanism, data } = await tokenInput(algorithm, new Uint8Array(size));
      expect([mechanism, data.length]).toEqual(["ECDSA", octets]);
    }
  });
});
