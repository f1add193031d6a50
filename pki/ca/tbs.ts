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

/** A pseudonym is a PrintableString of at most 64 characters (X.520 serialNumber); no `_`, so no base64url. */
const pseudonymPattern = /^[A-Za-z0-9-]{1,64}$/;

export interface TbsInput {
  authority: Authority;
  profile: Profile;
  /** SubjectPublicKeyInfo, DER, of a P-256 key with proven possession. */
  subjectPublicKey: Uint8Array;
  /** 1 to 64 letters, digits and hyphens. Never reassigned. */
  pseudonym: string;
  /** The person's attributes, only for a profile in the person's name. */
  attributes?: SubjectAttributes;
  now: Date;
  urls: StatusUrls;
  /** Shorter than the profile's years; a longer one is limited to them, and to the issuer's notAfter. */
  validitySeconds?: number;
  /** Lower-case hex. Only to reproduce the same bytes; otherwise a new random one. */
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
  /** The signing authority's generation. */
  generation: string;
  /** The CRL shard: the serial's last octet modulo the number of shards. */
  crlShard: number;
}

/**
 * Builds the to-be-signed part of a subscriber's certificate (RFC 5280 §4.1). Store it, with its serial, before {@link
 * signTbs}: a retry then signs the same bytes.
 *
 * Throws ProfileError if the attributes do not fit the profile, TypeError on an invalid key, pseudonym or URL, Error if the
 * issuing CA's own certificate is not valid at `now`.
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
 * Signs a stored TBSCertificate that passed the lint, and returns the certificate (DER), which contains exactly those bytes.
 *
 * ECDSA is randomised: two calls give two certificates that differ in the signature, of which the caller keeps the first
 * stored one. Throws, without signing, if the TBS was linted for another issuer or signature algorithm than this authority's.
 */
export async function signTbs(authority: Authority, { tbs, issuer }: LintedTbs): Promise<Uint8Array> {
  const { keyStore, issuingKeyId, issuer: own } = authority;
  if (issuer.signatureAlgorithm !== own.signatureAlgorithm) {
    throw new Error("The signature algorithm in the TBS is not that of the issuing key.");
  }
  if (!isDeepStrictEqual(issuer, own)) {
    throw new Error("The TBS was made for another issuer; sign it with the generation that made it.");
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
    throw new TypeError("A validity must be at least two seconds.");
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
