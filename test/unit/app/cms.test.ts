import { beforeAll, describe, expect, test } from "@jest/globals";
import { tap } from "../../../client/app/card/tap.ts";
import { signWithCard } from "../../../client/app/cms.ts";
import { verifyCardSignature } from "../../../pki/card-verification/verify.ts";
import { testAnchors } from "../../../pki/jpki/trust-anchors.ts";
import { pem } from "../../../pki/pem.ts";
import { openssl } from "./openssl.ts";
import { pin, simulatedCard } from "./simulated-card.ts";

const content = new TextEncoder().encode('{"type":"kazasu/application/1","名":"髙﨑"}');
let authority = "";
let certificate: Uint8Array;
let cms: Uint8Array;

beforeAll(async () => {
  const simulated = await simulatedCard();
  ({ certificate } = simulated);
  authority = pem("CERTIFICATE", simulated.authority);
  cms = await signWithCard(await tap({ transmit: simulated.inReader().transmit, pin }), content);
});

const verify = (bytes: Uint8Array, ...more: string[]) =>
  openssl(
    { cms: bytes, "ca.pem": authority },
    "cms",
    ..."-verify -inform DER -in cms -out out -binary".split(" "),
    // OpenSSL does not know the card's critical certificatePolicies by name; the rest of the path is checked.
    ..."-CAfile ca.pem -purpose any -ignore_critical".split(" "),
    ...more,
  );

describe("the card's CMS", () => {
  test("ok/openssl verifies it, path and all, and gives the content back byte for byte", async () => {
    const { code, text, out } = await verify(cms);
    expect(text).toMatch(/CMS Verification successful/);
    expect(code).toBe(0);
    expect(out).toEqual(Buffer.from(content));
  });

  test("ok/it carries exactly content-type and message-digest, sorted, and the card's certificate", async () => {
    const { text } = await openssl(
      { cms },
      "cms",
      "-cmsout",
      "-print",
      "-inform",
      "DER",
      "-in",
      "cms",
      "-noout",
    );
    const signed = text.slice(
      text.indexOf("signedAttrs:"),
      text.indexOf("signatureAlgorithm:", text.indexOf("signedAttrs:")),
    );
    expect([...signed.matchAll(/object: (\S+)/g)].map(([, name]) => name)).toEqual([
      "contentType",
      "messageDigest",
    ]);
    expect(text).toMatch(/issuerAndSerialNumber/);
    expect(Buffer.from(cms).includes(Buffer.from(certificate))).toBe(true);
  });

  test("ok/the engine verifies it too, and reads the same certificate and content", () => {
    const anchors = testAnchors(authority);
    const verdict = verifyCardSignature({ cms, anchors, at: new Date() });
    expect(verdict).toMatchObject({ ok: true, content: new Uint8Array(content) });
    const later = new Date(Date.now() + 20 * 366 * 24 * 3_600_000);
    expect(verifyCardSignature({ cms, anchors, at: later })).toMatchObject({ code: "CERTIFICATE_EXPIRED" });
  });

  test("ok/it is DER: openssl writes the same bytes again", async () => {
    const { out } = await openssl(
      { cms },
      ..."cms -cmsout -inform DER -in cms -outform DER -out out".split(" "),
    );
    expect(out).toEqual(Buffer.from(cms));
  });

  test("fail/openssl refuses it when one byte of the content or of the signature differs", async () => {
    const inContent = Uint8Array.from(cms);
    const at = Buffer.from(cms).indexOf(Buffer.from(content));
    inContent[at] = (inContent[at] ?? 0) ^ 1;
    expect((await verify(inContent)).text).toMatch(/CMS Verification failure/);
    const inSignature = Uint8Array.from(cms);
    inSignature[cms.length - 1] = (inSignature[cms.length - 1] ?? 0) ^ 1;
    expect((await verify(inSignature)).text).toMatch(/CMS Verification failure/);
  });
});
