import { beforeAll, describe, expect, test } from "@jest/globals";
import { Attribute, type SignedData } from "@peculiar/asn1-cms";
import { OctetString } from "@peculiar/asn1-schema";
import { ExtendedKeyUsageExtension, KeyUsageFlags, KeyUsagesExtension } from "@peculiar/x509";
import { signTransaction } from "../../../client/app/transaction.ts";
import { checkSignature } from "../../../client/relying-party/cms-signature.ts";
import { verifySignedTransaction } from "../../../client/relying-party/signed-transaction.ts";
import { makePhone, signingUsage } from "./authority.ts";
import { changed, makeSigned, type Signed, signedBy } from "./signed.ts";

const idData = "1.2.840.113549.1.7.1";
let made: Signed;
beforeAll(async () => {
  made = await makeSigned();
});

const codeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => "nothing was refused",
    (error: { code?: string }) => error.code ?? JSON.stringify(error),
  );

test("ok/who signed what, and when they say", async () => {
  const { content, certificate, signedAt } = await verifySignedTransaction(made.cms, made.expected);
  expect(content).toEqual(made.content);
  expect(Buffer.from(certificate).equals(Buffer.from(made.certificate))).toBe(true);
  expect(Math.abs(signedAt.getTime() - Date.now())).toBeLessThan(60_000);
});

test("ok/the verified bytes are those that are read, also where the caller changes its memory meanwhile", async () => {
  const memory = Buffer.from(made.cms);
  const { detail: _, ...expected } = made.expected;
  const verifying = verifySignedTransaction(memory, expected);
  memory.write("9", memory.indexOf("120,000"), "latin1");
  expect((await verifying).content).toEqual(made.content);
});

describe("every part is covered", () => {
  test.each<[string, (data: SignedData) => void, string]>([
    [
      "a signed attribute left out",
      (data) => data.signerInfos[0]!.signedAttrs!.pop(),
      "ATTRIBUTES_WRONG|SIGNATURE_WRONG",
    ],
    [
      "an attribute twice",
      (data) => data.signerInfos[0]!.signedAttrs!.unshift(data.signerInfos[0]!.signedAttrs![0]!),
      "ATTRIBUTES_WRONG",
    ],
    ["an empty set of attributes", (data) => (data.signerInfos[0]!.signedAttrs = []), "MALFORMED"],
    ["no attributes", (data) => delete data.signerInfos[0]!.signedAttrs, "ATTRIBUTES_WRONG"],
    ["two signers", (data) => data.signerInfos.push(data.signerInfos[0]!), "MALFORMED"],
    ["no signer", (data) => data.signerInfos.pop(), "MALFORMED"],
    ["no certificate", (data) => (data.certificates!.length = 0), "SIGNER_UNKNOWN"],
    ["the certificate twice", (data) => data.certificates!.push(data.certificates![0]!), "SIGNER_UNKNOWN"],
    [
      "another signature",
      (data) => (data.signerInfos[0]!.signature = new OctetString(new Uint8Array(70))),
      "SIGNATURE_WRONG",
    ],
    [
      "another content",
      (data) => (data.encapContentInfo.eContent!.single = new OctetString(Buffer.from("{}"))),
      "DIGEST_WRONG",
    ],
    [
      "another content type",
      (data) => (data.encapContentInfo.eContentType = "1.2.840.113549.1.9.16.1.4"),
      "MALFORMED",
    ],
    [
      "a weak digest",
      (data) => (data.signerInfos[0]!.digestAlgorithm.algorithm = "1.3.14.3.2.26"),
      "MALFORMED",
    ],
  ])("fail/%s", async (_what, change, code) => {
    const attempt = verifySignedTransaction(changed(made.cms, change), made.expected);
    expect(await codeOf(attempt)).toMatch(new RegExp(`^(${code})$`));
  });

  test("fail/another person's certificate in the place of the signer's", async () => {
    const other = await makeSigned();
    const theirs = await signTransaction(JSON.stringify(made.content), {
      deviceKey: other.deviceKey,
      certificate: made.certificate,
    });
    expect(await codeOf(verifySignedTransaction(theirs, made.expected))).toBe("SIGNATURE_WRONG");
    expect(await codeOf(verifySignedTransaction(other.cms, made.expected))).toBe("UNTRUSTED_CERTIFICATE");
  });

  test("ok/the same bytes again, also in a Buffer: reading changes nothing of them", async () => {
    const bytes = Buffer.from(made.cms);
    for (const _ of [1, 2]) await verifySignedTransaction(bytes, made.expected);
    expect(bytes.equals(made.cms)).toBe(true);
  });

  test("fail/a certificate that is not for signing", async () => {
    const weak = await makeSigned({ usage: KeyUsageFlags.digitalSignature });
    expect(await codeOf(verifySignedTransaction(weak.cms, weak.expected))).toBe("UNTRUSTED_CERTIFICATE");
  });

  test.each([
    ["OCSP answers", ["1.3.6.1.5.5.7.3.9"], "UNTRUSTED_CERTIFICATE"],
    ["time-stamps and TLS", ["1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.1"], "UNTRUSTED_CERTIFICATE"],
    ["documents", ["1.3.6.1.5.5.7.3.36"], "nothing was refused"],
    ["anything", ["1.3.6.1.5.5.7.3.9", "2.5.29.37.0"], "nothing was refused"],
  ])("a certificate that says to be for %s", async (_, named, code) => {
    for (const critical of [true, false]) {
      const extensions = [
        new KeyUsagesExtension(signingUsage, true),
        new ExtendedKeyUsageExtension(named, critical),
      ];
      const { subject } = made.expected;
      const phone = await makePhone(String(subject), made.issuing, { extensions });
      const cms = await signedBy(phone, made.content);
      expect(await codeOf(verifySignedTransaction(cms, made.expected))).toBe(code);
    }
  });

  test("fail/a text that is no transaction, and one that says something else", async () => {
    const sign = (content: object) => signTransaction(JSON.stringify(content), made);
    for (const content of [
      {},
      { ...made.content, type: "kazasu/application/1" },
      { ...made.content, html: "<b>" },
    ])
      expect(await codeOf(verifySignedTransaction(await sign(content), made.expected))).toBe("OTHER_CONTENT");
  });

  test("fail/garbage, nothing, and more than fits", async () => {
    for (const bytes of [new Uint8Array(), Buffer.from("hello"), Buffer.alloc(200_000, 0x30)])
      expect(await codeOf(verifySignedTransaction(bytes, made.expected))).toBe("MALFORMED");
  });
});

test("ok/an unsigned login is distinguished", async () => {
  expect((await checkSignature(made.cms, idData)).hasUnsigned).toBe(false);
  const more = changed(made.cms, (data) => {
    data.signerInfos[0]!.unsignedAttrs = [
      new Attribute({ attrType: "1.2.3", attrValues: [new Uint8Array([5, 0]).buffer] }),
    ];
  });
  expect((await checkSignature(more, idData)).hasUnsigned).toBe(true);
});
