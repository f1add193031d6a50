import { generateKeyPairSync } from "node:crypto";
import type { Authority } from "../../../pki/ca/authority.ts";
import { basic } from "../../../pki/ca/profile.ts";
import { type MadeTbs, makeTbs, signTbs, type TbsInput } from "../../../pki/ca/tbs.ts";

export const urls = {
  crl: "http://crl.example/issuing.crl",
  ocsp: "http://ocsp.example/",
  caIssuers: "http://crl.example/issuing.cer",
  cps: "https://ca.example/cps",
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
  pseudonym: "0123456789abcdef0123456789abcdef",
  now: new Date(),
  urls,
  ...more,
});

/** A subscriber's certificate (DER) and what its TBS was made as. */
export async function issue(
  authority: Authority,
  more: Partial<TbsInput> = {},
): Promise<MadeTbs & { certificate: Uint8Array }> {
  const made = makeTbs(tbsInput(authority, more));
  return { ...made, certificate: await signTbs(authority, made.tbs) };
}
