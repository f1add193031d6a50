import { createPublicKey } from "node:crypto";
import {
  AuthorityKeyIdentifier,
  Certificate,
  Extensions,
  id_ce_authorityKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";
import { keyAlgorithmOf } from "../key-store/signature-algorithm.ts";
import type { Authority } from "./authority.ts";
import { encodeDer, parseDer } from "./der.ts";
import * as extension from "./extension.ts";
import { distinguishedName } from "./name.ts";
import { type Profile, profileHash } from "./profile.ts";
import { integerOfSerial, newSerial } from "./serial.ts";
import { algorithmIdentifier, signObject } from "./signed-object.ts";
import { lastSecondOfYears, wholeSeconds } from "./time.ts";

/** A pseudonym fits PrintableString and the 64 characters X.520 gives a serialNumber; no `_`, so no base64url. */
const pseudonymPattern = /^[A-Za-z0-9-]{1,64}$/;

export interface TbsInput {
  authority: Authority;
  profile: Profile;
  /** SubjectPublicKeyInfo, DER, of a P-256 key whose possession was proven. */
  subjectPublicKey: Uint8Array;
  /** 1 to 64 letters, digits and hyphens. Never given to a second subject. */
  pseudonym: string;
  now: Date;
  /** Absolute http(s) addresses. `cps`: the certification practice statement. */
  urls: { crl: string; ocsp: string; caIssuers?: string; cps?: string };
  /** Shorter than the profile's years; longer is cut, as it is at the issuer's own end. */
  validitySeconds?: number;
  /** Lower-case hex. Only for making the same bytes again; otherwise a new random one. */
  serial?: string;
}

export interface MadeTbs {
  /** TBSCertificate, DER. The same input with the same serial gives the same bytes. */
  tbs: Uint8Array;
  serial: string;
  notBefore: Date;
  notAfter: Date;
  /** SHA-256 of the profile, base64url. */
  profileHash: string;
}

/**
 * Makes the to-be-signed part of a subscriber's certificate (RFC 5280 §4.1). It is to be stored, with its serial,
 * before {@link signTbs} sees it: a retry then signs the same bytes.
 *
 * Throws TypeError on a key, pseudonym or address that must not be in a certificate, Error when the issuing CA's own
 * certificate is not valid at `now`.
 */
export function makeTbs(input: TbsInput): MadeTbs {
  const { authority, profile, pseudonym, urls } = input;
  const { issuer } = authority;
  const spki = checkedKey(input.subjectPublicKey);
  if (!pseudonymPattern.test(pseudonym)) {
    throw new TypeError("A pseudonym is 1 to 64 letters, digits and hyphens.");
  }
  const serial = input.serial ?? newSerial();
  const validity = validityOf(input);
  const tbs = encodeDer(
    new TBSCertificate({
      version: Version.v3,
      serialNumber: integerOfSerial(serial),
      signature: algorithmIdentifier(issuer.signatureAlgorithm),
      issuer: issuer.name,
      validity: new Validity(validity),
      subject: distinguishedName([
        ["countryName", profile.country],
        ...profile.subject.map((part): [typeof part, string] => [part, pseudonym]),
      ]),
      subjectPublicKeyInfo: spki,
      extensions: new Extensions([
        extension.authorityKeyIdentifier(issuer.keyIdentifier),
        extension.subjectKeyIdentifier(extension.keyIdentifierOf(spki.subjectPublicKey)),
        extension.keyUsage(profile.keyUsage),
        extension.endEntity(),
        extension.certificatePolicies(profile.policy, urls.cps && checkedUrl(urls.cps)),
        extension.crlDistributionPoint(checkedUrl(urls.crl)),
        extension.authorityInformationAccess({
          ocsp: checkedUrl(urls.ocsp),
          ...(urls.caIssuers === undefined ? {} : { caIssuers: checkedUrl(urls.caIssuers) }),
        }),
      ]),
    }),
  );
  return { tbs, serial, ...validity, profileHash: profileHash(profile) };
}

/**
 * Signs a stored TBSCertificate and returns the certificate (DER), which holds exactly those bytes.
 *
 * ECDSA is randomised: two calls give two certificates that differ in the signature, of which the caller keeps the
 * first it stored. Throws when the TBS is not DER, or names another issuer, issuer key or signature algorithm than
 * this authority's; nothing is signed then.
 */
export async function signTbs(authority: Authority, tbs: Uint8Array): Promise<Uint8Array> {
  const { issuer } = authority;
  const tbsCertificate = parseDer(tbs, TBSCertificate);
  const identifier = extension.extensionValue(tbsCertificate.extensions, id_ce_authorityKeyIdentifier);
  const issuerKey = identifier && parseDer(identifier, AuthorityKeyIdentifier).keyIdentifier;
  if (
    Buffer.compare(encodeDer(tbsCertificate.issuer), encodeDer(issuer.name)) !== 0 ||
    issuerKey === undefined ||
    Buffer.compare(Buffer.from(issuerKey.buffer), issuer.keyIdentifier) !== 0
  ) {
    throw new Error("The TBS was made for another issuer; have the generation that made it sign it.");
  }
  const expected = encodeDer(algorithmIdentifier(issuer.signatureAlgorithm));
  if (Buffer.compare(encodeDer(tbsCertificate.signature), expected) !== 0) {
    throw new Error("The TBS names another signature algorithm than the issuing key has.");
  }
  const { signatureAlgorithm, signature } = await signObject(
    authority.keyStore,
    authority.issuingKeyId,
    tbs,
    issuer.signatureAlgorithm,
  );
  return encodeDer(new Certificate({ tbsCertificate, signatureAlgorithm, signatureValue: signature }));
}

function validityOf(input: TbsInput): { notBefore: Date; notAfter: Date } {
  const { issuer } = input.authority;
  const notBefore = wholeSeconds(input.now);
  if (notBefore < issuer.notBefore || notBefore >= issuer.notAfter) {
    throw new Error("The issuing CA's certificate is not valid now; check the clock or roll the CA over.");
  }
  const { validitySeconds } = input;
  if (validitySeconds !== undefined && !(validitySeconds >= 2)) {
    throw new TypeError("A validity is at least two seconds.");
  }
  const ends = [lastSecondOfYears(notBefore, input.profile.validityYears), issuer.notAfter];
  if (validitySeconds !== undefined) ends.push(new Date(notBefore.getTime() + (validitySeconds - 1) * 1000));
  return { notBefore, notAfter: wholeSeconds(new Date(Math.min(...ends.map(Number)))) };
}

function checkedKey(spki: Uint8Array): SubjectPublicKeyInfo {
  const key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  if (keyAlgorithmOf(key) !== "P-256") throw new TypeError("A subject's key must be on P-256.");
  return parseDer(spki, SubjectPublicKeyInfo);
}

/** Certificates carry addresses as ASCII (IA5String), which is how the URL parser writes them. */
function checkedUrl(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text) || new URL(text).href.length > 512) {
    throw new TypeError("An address in a certificate is an absolute http(s) URL of at most 512 characters.");
  }
  return new URL(text).href;
}
