import { expect } from "@jest/globals";
import { verifyCardSignature } from "../../../pki/card-verification/verify.ts";
import { testAnchors } from "../../../pki/jpki/trust-anchors.ts";
import type { RefusalCode } from "../../../protocol/refusals.ts";
import { type CmsOptions, makeCms } from "./test-cms.ts";
import { rsa, signCaName, TestCa } from "./test-pki.ts";

export const ca = new TestCa(signCaName("JPKI-TEST"));
export const card = rsa();
export const certificate = ca.issue(card);
export const content = Buffer.from('{"type":"kazasu/application/1"}');
export const at = new Date("2026-06-01T00:00:00Z");
export const anchors = testAnchors(ca.pem);

export const cmsOf = (options: Partial<CmsOptions> = {}) =>
  makeCms({ content, certificate, ...card, ...options });
export const verify = (
  options: Partial<CmsOptions> = {},
  more: Partial<Parameters<typeof verifyCardSignature>[0]> = {},
) => verifyCardSignature({ cms: cmsOf(options), anchors, at, ...more });
export const verifyCertificate = (
  changed: Buffer,
  more: Partial<Parameters<typeof verifyCardSignature>[0]> = {},
) => verify({ certificate: changed }, more);
export const expectRefusal = (
  verdict: ReturnType<typeof verifyCardSignature>,
  code: RefusalCode,
  detail = /./,
) => {
  expect(verdict).toMatchObject({ ok: false, code });
  expect(verdict).toHaveProperty("detail", expect.stringMatching(detail));
};
