import { createHash } from "node:crypto";

/**
 * What a kind of certificate looks like, as data. A change is a new version: certificates under way keep the
 * profile their TBS was made with, whose {@link profileHash} is stored beside it.
 */
export interface Profile {
  name: string;
  version: number;
  country: string;
  /** Attributes of the subject after the country, each holding the pseudonym, in this order. */
  subject: readonly ("commonName" | "pseudonym" | "serialNumber")[];
  keyUsage: readonly ("digitalSignature" | "nonRepudiation")[];
  /** certificatePolicies, never critical (EN 319 412-2 §4.3.3). */
  policy: string;
  /** 電子署名法施行規則 6条4号 and EN 319 412-2: five years at most, both ends included. */
  validityYears: number;
}

/**
 * Pseudonymous: no attribute of the person, so it outlives a move.
 *
 * Subject as EN 319 412-2 §4.2.4 wants it: one countryName and commonName, a serialNumber, and a pseudonym that
 * never stands beside a name. One key signs consents and logs in, so keyUsage is type B of §4.3.2 (digitalSignature
 * and nonRepudiation), as on the card's own sign certificate.
 */
export const basic: Profile = {
  name: "basic",
  version: 1,
  country: "JP",
  subject: ["commonName", "pseudonym", "serialNumber"],
  keyUsage: ["digitalSignature", "nonRepudiation"],
  // The arc RFC 5612 keeps for examples; an operator puts the OID of their own certificate policy here. Not a UUID
  // under 2.25: RFC 5280 appendix B promises support only for arcs below 2^28, and verifiers do refuse larger ones.
  policy: "1.3.6.1.4.1.32473.1.1",
  validityYears: 5,
};

/** SHA-256 (base64url) of the profile's JSON text, whose members stand in the order they are written in. */
export const profileHash = (profile: Profile): string =>
  createHash("sha256").update(JSON.stringify(profile)).digest("base64url");
