import { createHash } from "node:crypto";
import type { QcStatement } from "../qc-statements.ts";

/** Attributes of a subject after its country. */
export type SubjectPart = "commonName" | "surname" | "givenName" | "pseudonym" | "serialNumber";

/**
 * A certificate profile, as data. A change is a new version: pending certificates keep the profile of their TBS, whose {@link
 * profileHash} is stored with it.
 */
export interface Profile {
  name: string;
  version: number;
  country: string;
  /** Attributes of the subject after the country, in this order; see `subject.ts` for their values. */
  subject: readonly SubjectPart[];
  keyUsage: readonly ("digitalSignature" | "nonRepudiation")[];
  /** The CA's own certificate policy; certificatePolicies is never critical (EN 319 412-2 §4.3.3). */
  policy: string;
  /** Other parties' policies that the certificate also fulfils, for example NCP of EN 319 411-1. */
  furtherPolicies?: readonly string[];
  /** 電子署名法施行規則 6条4号 and EN 319 412-2: at most five years, both ends included. */
  validityYears: 1 | 2 | 3 | 4 | 5;
  /** Present if the certificate is issued in the person's name; its subjectDirectoryAttributes. */
  attributes?: readonly DirectoryAttribute[];
  /** qcStatements (RFC 3739 §3.2.6), in this order; absent unless the certificate is qualified. */
  qcStatements?: readonly QcStatement[];
}

/** The subjectDirectoryAttributes of RFC 3739 §3.2.2 that the card has. */
export type DirectoryAttribute = "dateOfBirth" | "gender";

/** SHA-256 (base64url) of the profile's JSON text, with members in source order. */
export const profileHash = (profile: Profile): string =>
  createHash("sha256").update(JSON.stringify(profile)).digest("base64url");

export type ProfileErrorCode =
  | "ATTRIBUTES_MISSING"
  | "ATTRIBUTES_UNWANTED"
  | "COMMON_NAME_EMPTY"
  | "COMMON_NAME_TOO_LONG"
  | "COMMON_NAME_UNPRINTABLE";

/** The given attributes do not fit the profile. The message never quotes a value. */
export class ProfileError extends Error {
  override name = "ProfileError";
  readonly code: ProfileErrorCode;

  constructor(code: ProfileErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
