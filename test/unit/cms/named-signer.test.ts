import { createHash } from "node:crypto";
import { beforeAll, expect, test } from "@jest/globals";
import { Attribute, SignatureAlgorithmIdentifier } from "@peculiar/asn1-cms";
import { signedData } from "../../../client/app/cms.ts";
import type { DeviceKey } from "../../../client/app/device-key.ts";
import { CmsInvalid, checkedSignature } from "../../../pki/cms/checked-signature.ts";
import { verifyWithNode } from "../../../pki/x509/node-signature.ts";
import { runSync } from "../../../pki/x509/signature.ts";
import { der, oid, sequence } from "../path/making.ts";
import { type Certified, deviceKeyOf, makePhone } from "../transaction/authority.ts";

/** A signature names its signer's certificate among what is signed (RFC 5035 §3). */

const idData = "1.2.840.113549.1.7.1";
const [v1, v2] = ["1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"] as const;
const hashes = { sha1: "1.3.14.3.2.26", sha256: "2.16.840.1.101.3.4.2.1", sha512: "2.16.840.1.101.3.4.2.3" };
type HashName = keyof typeof hashes;

let phone: Certified;
let deviceKey: DeviceKey;
beforeAll(async () => {
  phone = await makePhone("somebody");
  deviceKey = await deviceKeyOf(phone);
});

const octets = (bytes: Uint8Array): Buffer => der(0x04, bytes);
const digest = (hash: HashName, of: Uint8Array = phone.der) => octets(createHash(hash).update(of).digest());
const algorithm = (hash: HashName, ...more: Buffer[]) => sequence(oid(hashes[hash]), ...more);
const naming = (...ids: Buffer[]) => sequence(sequence(...ids));
const nothing = der(0x05);

type Named = [type: string, ...values: Buffer[]];

async function outcome(named: Named[], allowSha1 = false): Promise<string> {
  const cms = await signedData(Buffer.from("{}"), {
    certificate: phone.der,
    algorithm: new SignatureAlgorithmIdentifier({ algorithm: "1.2.840.10045.4.3.2" }),
    sign: (attributes) => deviceKey.sign(attributes),
    attributes: named.map(
      ([attrType, ...values]) =>
        new Attribute({ attrType, attrValues: values.map((value) => new Uint8Array(value).buffer) }),
    ),
  });
  try {
    runSync(checkedSignature(cms, idData, { allowSha1 }), verifyWithNode);
    return "holds";
  } catch (error) {
    if (error instanceof CmsInvalid) return error.flaw;
    throw error;
  }
}

test.each<[string, () => Named[]]>([
  ["SHA-256, which is not written", () => [[v2, naming(sequence(digest("sha256")))]]],
  ["SHA-256, written", () => [[v2, naming(sequence(algorithm("sha256"), digest("sha256")))]]],
  ["SHA-512 with NULL", () => [[v2, naming(sequence(algorithm("sha512", nothing), digest("sha512")))]]],
  [
    "issuer and serial beside it, and a second certificate",
    () => [[v2, naming(sequence(digest("sha256"), sequence()), sequence(octets(Buffer.alloc(32))))]],
  ],
])("ok/%s", async (_what, named) => {
  expect(await outcome(named())).toBe("holds");
});

test.each<[string, () => Named[], string]>([
  ["none", () => [], "ATTRIBUTES_WRONG"],
  [
    "of another certificate",
    () => [[v2, naming(sequence(digest("sha256", Buffer.from("x"))))]],
    "ATTRIBUTES_WRONG",
  ],
  [
    "the signer's only second",
    () => [[v2, naming(sequence(octets(Buffer.alloc(32))), sequence(digest("sha256")))]],
    "ATTRIBUTES_WRONG",
  ],
  ["by SHA-1", () => [[v2, naming(sequence(algorithm("sha1"), digest("sha1")))]], "ATTRIBUTES_WRONG"],
  [
    "by the older attribute, which has SHA-1",
    () => [[v1, naming(sequence(digest("sha1")))]],
    "ATTRIBUTES_WRONG",
  ],
  [
    "two values",
    () => [[v2, naming(sequence(digest("sha256"))), naming(sequence(digest("sha256"), sequence()))]],
    "ATTRIBUTES_WRONG",
  ],
  ["no certificate", () => [[v2, sequence(sequence())]], "MALFORMED"],
  ["something else", () => [[v2, nothing]], "MALFORMED"],
])("fail/%s", async (_what, named, flaw) => {
  expect(await outcome(named())).toBe(flaw);
});

test("ok/the older attribute, where a time-stamp may have it; wrong beside the newer one it fails", async () => {
  expect(await outcome([[v1, naming(sequence(digest("sha1")))]], true)).toBe("holds");
  const wrong: Named = [v1, naming(sequence(digest("sha1", Buffer.from("x"))))];
  expect(await outcome([wrong, [v2, naming(sequence(digest("sha256")))]], true)).toBe("ATTRIBUTES_WRONG");
});
