import { generateKeyPairSync } from "node:crypto";
import type { Authority } from "../../../pki/ca/authority.ts";
import { type LintContext, type LintedTbs, lintTbs } from "../../../pki/ca/lint/lint.ts";
import { basic } from "../../../pki/ca/profiles/basic.ts";
import type { SubjectAttributes } from "../../../pki/ca/profiles/subject.ts";
import { type MadeTbs, makeTbs, signTbs, type TbsInput } from "../../../pki/ca/tbs.ts";

export const urls = {
  crlBase: "http://crl.example",
  ocsp: "http://ocsp.example/",
  caIssuersBase: "http://crl.example",
  cps: "https://ca.example/cps",
};

export const pseudonym = "0123456789abcdef0123456789abcdef";

export const hanako: SubjectAttributes = {
  name: "山田　花子",
  sex: "female",
  dateOfBirth: "319801231",
  address: "東京都千代田区千代田１－１",
};

export const p256Spki = (): Uint8Array =>
  new Uint8Array(
    generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "der", type: "spki" }),
  );

/** The input of a TBS that is right in every part but those overridden. */
export const tbsInput = (authority: Authority, more: Partial<TbsInput> = {}): TbsInput => ({
  authority,
  profile: basic,
  subjectPublicKey: p256Spki(),
  pseudonym,
  now: new Date(),
  urls,
  ...more,
});

/** What a TBS of the authority is held against. */
export const lintContext = (authority: Authority, more: Partial<LintContext> = {}): LintContext => ({
  issuer: authority.issuer,
  issuingCertificate: authority.issuing,
  profile: basic,
  urls,
  ...more,
});

/** Fails with the findings when the lint does. */
export async function linted(tbs: Uint8Array, context: LintContext): Promise<LintedTbs> {
  const lint = await lintTbs(tbs, context);
  if (!lint.ok) throw new Error(`The lint found ${JSON.stringify(lint.findings)}`);
  return lint.linted;
}

/** A subscriber's certificate (DER) and what its TBS was made as. */
export async function issue(
  authority: Authority,
  more: Partial<TbsInput> = {},
): Promise<MadeTbs & { certificate: Uint8Array }> {
  const input = tbsInput(authority, more);
  const made = makeTbs(input);
  const context = lintContext(authority, { profile: input.profile, urls: input.urls });
  return { ...made, certificate: await signTbs(authority, await linted(made.tbs, context)) };
}
