import type { Profile } from "./profile.ts";

/**
 * Made out to the person by name, with date of birth and gender where the card knows them whole.
 *
 * The address is left out, for three reasons. Nothing in the standards fits: RFC 3739 §3.2.2 has no address among
 * its directory attributes; postalAddress (X.520) ends at six lines of 30 characters where the card has up to 200,
 * and is no string, at which widespread verifiers refuse the whole certificate; streetAddress means the part below
 * the town, which the card does not set apart. Every move would make the certificate wrong, and what is wrong must
 * be revoked. And a certificate is shown to everybody, while an address is for those who have the person's consent.
 */
export const attribute = {
  name: "attribute",
  version: 1,
  country: "JP",
  // Either surname and givenName or pseudonym: see subject.ts.
  subject: ["commonName", "surname", "givenName", "pseudonym", "serialNumber"],
  keyUsage: ["digitalSignature", "nonRepudiation"],
  // An example's arc, as in basic.ts.
  policy: "1.3.6.1.4.1.32473.1.2",
  validityYears: 5,
  attributes: ["dateOfBirth", "gender"],
} as const satisfies Profile;
