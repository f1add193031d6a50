import { createHash } from "node:crypto";
import type { QcStatement } from "../qc-statements.ts";

/** Attributes of a subject after its country. */
export type SubjectPart = "commonName" | "surname" | "givenName" | "pseudonym" | "serialNumber";

/**
 * What a kind of certificate looks like, as data. A change is a new version: certificates under way keep the
 * profile their TBS was made with, whose {@link profileHash} is stored beside it.
 */
export interface Profile {
  name: string;
  version: number;
  country: string;
  /** Attributes of the subject after the country, in this order; what each holds says `subject.ts`. */
  subject: readonly SubjectPart[];
  keyUsage: readonly ("digitalSignature" | "nonRepudiation")[];
  /** The CA's own certificate policy; certificatePolicies is never critical (EN 319 412-2 §4.3.3). */
  policy: string;
  /** Policies of others that the certificate also fulfils, for example NCP of EN 319 411-1. */
  furtherPolicies?: readonly string[];
  /** 電子署名法施行規則 6条4号 and EN 319 412-2: five years at most, both ends included. */
  validityYears: 1 | 2 | 3 | 4 | 5;
  /** There when the certificate is made out to a person by name; the subjectDirectoryAttributes it then has. */
  attributes?: readonly DirectoryAttribute[];
  /** qcStatements (RFC 3739 §3.2.6), in this order; none unless the certificate is qualified somewhere. */
  qcStatements?: readonly QcStatement[];
}

/** Of the attributes RFC 3739 §3.2.2 puts into subjectDirectoryAttributes, those that the card knows. */
export type DirectoryAttribute = "dateOfBirth" | "gender";

/** SHA-256 (base64url) of the profile's JSON text, whose members stand in the order they are written in. */
export const profileHash = (profile: Profile): string =>
  createHash("sha256").update(JSON.stringify(profile)).digest("base64url");

export type ProfileErrorCode =
  | "ATTRIBUTES_MISSING"
  | "ATTRIBUTES_UNWANTED"
  | "COMMON_NAME_EMPTY"
  | "COMMON_NAME_TOO_LONG"
  | "COMMON_NAME_UNPRINTABLE";

/** A profile cannot hold what it was given. The message never quotes a value. */
export class ProfileError extends Error {
  override name = "ProfileError";
  readonly code: ProfileErrorCode;

  constructor(code: ProfileErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
