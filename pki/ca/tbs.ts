import { createPublicKey } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import {
  Extensions,
  type SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";
import { keyAlgorithmOf } from "../key-store/signature-algorithm.ts";
import type { Authority } from "./authority.ts";
import { encodeDer } from "./der.ts";
import { directoryAttributes } from "./directory-attributes.ts";
import * as extension from "./extension.ts";
import type { LintedTbs } from "./lint/lint.ts";
import { distinguishedName } from "./name.ts";
import { type Profile, profileHash } from "./profiles/profile.ts";
import { type SubjectAttributes, subjectOf } from "./profiles/subject.ts";
import { integerOfSerial, newSerial } from "./serial.ts";
import { algorithmIdentifier, signObject } from "./signed-object.ts";
import { crlUrl, issuerUrl, plainUrl, readersUrl, type StatusUrls } from "./status-urls.ts";
import { subjectPublicKeyOf } from "./subject-public-key.ts";
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
  /** The person's, for a profile that is made out by name, and for no other. */
  attributes?: SubjectAttributes;
  now: Date;
  urls: StatusUrls;
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
  profileName: string;
  /** SHA-256 of the profile, base64url. */
  profileHash: string;
  /** The authority's: it alone can sign this. */
  generation: string;
  /** Which of the generation's CRLs would list it: the serial's last octet modulo their number. */
  crlShard: number;
}

/**
 * Makes the to-be-signed part of a subscriber's certificate (RFC 5280 §4.1). It is to be stored, with its serial,
 * before {@link signTbs} sees it: a retry then signs the same bytes.
 *
 * Throws ProfileError when the profile cannot hold the attributes, TypeError on a key, pseudonym or address that must
 * not be in a certificate, Error when the issuing CA's own certificate is not valid at `now`.
 */
export function makeTbs(input: TbsInput): MadeTbs {
  const { authority, profile, pseudonym, attributes, urls } = input;
  const { issuer, generation } = authority;
  const spki = checkedKey(input.subjectPublicKey);
  if (!pseudonymPattern.test(pseudonym)) {
    throw new TypeError("A pseudonym is 1 to 64 letters, digits and hyphens.");
  }
  const subject = subjectOf(profile, pseudonym, attributes);
  const serial = input.serial ?? newSerial();
  const crlShard = Number.parseInt(serial.slice(-2), 16) % authority.crlShards;
  const validity = validityOf(input);
  const directory = attributes && directoryAttributes(profile.attributes ?? [], attributes);
  const tbs = encodeDer(
    new TBSCertificate({
      version: Version.v3,
      serialNumber: integerOfSerial(serial),
      signature: algorithmIdentifier(issuer.signatureAlgorithm),
      issuer: issuer.name,
      validity: new Validity(validity),
      subject: distinguishedName([["countryName", profile.country], ...subject]),
      subjectPublicKeyInfo: spki,
      extensions: new Extensions([
        extension.authorityKeyIdentifier(issuer.keyIdentifier),
        extension.subjectKeyIdentifier(extension.keyIdentifierOf(spki.subjectPublicKey)),
        extension.keyUsage(profile.keyUsage),
        extension.endEntity(),
        extension.certificatePolicies(
          profile.policy,
          urls.cps === undefined ? undefined : readersUrl(urls.cps),
          profile.furtherPolicies,
        ),
        ...(directory ? [extension.subjectDirectoryAttributes(directory)] : []),
        extension.crlDistributionPoint(crlUrl(urls.crlBase, generation, crlShard)),
        extension.authorityInformationAccess({
          ocsp: plainUrl(urls.ocsp),
          ...(urls.caIssuersBase === undefined
            ? {}
            : { caIssuers: issuerUrl(urls.caIssuersBase, generation) }),
        }),
        ...(profile.qcStatements ? [extension.qcStatements(profile.qcStatements)] : []),
      ]),
    }),
  );
  return {
    tbs,
    serial,
    ...validity,
    profileName: profile.name,
    profileHash: profileHash(profile),
    generation,
    crlShard,
  };
}

/**
 * Signs a stored TBSCertificate that was held against the rules, and returns the certificate (DER), which holds exactly
 * those bytes.
 *
 * ECDSA is randomised: two calls give two certificates that differ in the signature, of which the caller keeps the
 * first it stored. Throws when the TBS was held against another issuer or signature algorithm than this authority's;
 * nothing is signed then.
 */
export async function signTbs(authority: Authority, { tbs, issuer }: LintedTbs): Promise<Uint8Array> {
  const { keyStore, issuingKeyId, issuer: own } = authority;
  if (issuer.signatureAlgorithm !== own.signatureAlgorithm) {
    throw new Error("The TBS names another signature algorithm than the issuing key has.");
  }
  if (!isDeepStrictEqual(issuer, own)) {
    throw new Error("The TBS was made for another issuer; have the generation that made it sign it.");
  }
  return signObject({ keyStore, keyId: issuingKeyId }, tbs, own.signatureAlgorithm);
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
  return subjectPublicKeyOf(spki);
}
