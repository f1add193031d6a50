import type { Profile } from "./profile.ts";

/**
 * Issued in the person's name, with date of birth and gender if the card has them complete.
 *
 * The address is omitted, for three reasons. No standard attribute fits: RFC 3739 §3.2.2 has no address among its directory
 * attributes; postalAddress (X.520) ends at six lines of 30 characters where the card has up to 200, and is not a string, so
 * widespread verifiers refuse the whole certificate; streetAddress is the part below the town, which the card does not
 * separate. Every move would make the certificate wrong, and a wrong certificate must be revoked. And a certificate is public,
 * while an address is for parties with the person's consent.
 */
export const attribute = {
  name: "attribute",
  version: 1,
  country: "JP",
  // Either surname and givenName or pseudonym: see subject.ts.
  subject: ["commonName", "surname", "givenName", "pseudonym", "serialNumber"],
  keyUsage: ["digitalSignature", "nonRepudiation"],
  // The example arc, as in basic.ts.
  policy: "1.3.6.1.4.1.32473.1.2",
  validityYears: 5,
  attributes: ["dateOfBirth", "gender"],
} as const satisfies Profile;
