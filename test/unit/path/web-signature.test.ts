import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import type { Hash } from "../../../pki/x509/algorithm.ts";
import { verifyWithNode } from "../../../pki/x509/node-signature.ts";
import { findPath } from "../../../pki/x509/path/find.ts";
import { run, type SignatureCheck } from "../../../pki/x509/signature.ts";
import { verifyWithWebCrypto } from "../../../pki/x509/web-signature.ts";
import { at } from "./finding.ts";
import { der, integer, makeCa, makeSigner, sequence } from "./making.ts";

const data = new TextEncoder().encode("what is signed");
const spkiOf = (key: KeyObject) => new Uint8Array(key.export({ format: "der", type: "spki" }));

const makeKeys = (kind: "rsa" | "P-256" | "P-384" | "P-521") =>
  kind === "rsa"
    ? generateKeyPairSync("rsa", { modulusLength: 2048 })
    : generateKeyPairSync("ec", { namedCurve: kind });

function checkOf({ privateKey, publicKey }: ReturnType<typeof makeKeys>, hash: Hash): SignatureCheck {
  const key = privateKey.asymmetricKeyType === "rsa" ? "rsa" : "ec";
  const signature = new Uint8Array(sign(hash, data, privateKey));
  return { scheme: { key, hash }, spki: spkiOf(publicKey), data, signature };
}

/** Both verifiers, which must agree. */
async function verdict(check: SignatureCheck): Promise<boolean> {
  const [node, web] = [verifyWithNode(check), await verifyWithWebCrypto(check)];
  expect(web).toBe(node);
  return web;
}

describe.each([
  ["rsa", "sha256"],
  ["rsa", "sha512"],
  ["P-256", "sha256"],
  ["P-384", "sha384"],
  ["P-521", "sha512"],
  ["P-256", "sha512"],
] as const)("%s with %s", (kind, hash) => {
  const keys = makeKeys(kind);
  const check = checkOf(keys, hash);

  test("ok/ signed", async () => {
    // Several signatures, since r and s come in several lengths.
    for (let count = 0; count < 20; count += 1) expect(await verdict(checkOf(keys, hash))).toBe(true);
  });

  test("fail/ other data, another signature, another key, another scheme", async () => {
    const flipped = check.signature.map((octet, index) => (index === 20 ? octet ^ 1 : octet));
    expect(await verdict({ ...check, data: data.subarray(1) })).toBe(false);
    expect(await verdict({ ...check, signature: flipped })).toBe(false);
    expect(await verdict({ ...check, signature: check.signature.subarray(1) })).toBe(false);
    expect(await verdict({ ...check, signature: new Uint8Array() })).toBe(false);
    expect(await verdict({ ...check, spki: spkiOf(makeKeys(kind).publicKey) })).toBe(false);
    expect(await verdict({ ...check, spki: check.spki.subarray(1) })).toBe(false);
    expect(await verdict({ ...check, scheme: { ...check.scheme, key: kind === "rsa" ? "ec" : "rsa" } })).toBe(
      false,
    );
    expect(await verdict({ ...check, scheme: { ...check.scheme, hash: "sha384" } })).toBe(kind === "P-384");
  });
});

test.each([
  ["a number longer than the curve's", sequence(der(0x02, new Uint8Array(40).fill(1)), integer(1))],
  ["zero", sequence(integer(0), integer(0))],
  ["one number", sequence(integer(1))],
  ["a length in two octets", Buffer.from([0x30, 0x81, 0x06, 2, 1, 1, 2, 1, 1])],
])("fail/ an ECDSA signature with %s", async (_, signature) => {
  expect(await verdict({ ...checkOf(makeKeys("P-256"), "sha256"), signature })).toBe(false);
});

test("ok/ the same path is found with WebCrypto", async () => {
  const root = makeCa("root");
  const issuing = makeCa("issuing", root);
  const question = { anchors: [root.certificate], intermediates: [issuing.certificate], at };
  const signer = makeSigner(issuing);
  const result = await run(findPath(signer, question), verifyWithWebCrypto);
  expect(result.ok && result.path[0] === signer).toBe(true);
  const forged = makeSigner({ ...issuing, key: root.key });
  expect(await run(findPath(forged, question), verifyWithWebCrypto)).toMatchObject({ code: "signature" });
});
