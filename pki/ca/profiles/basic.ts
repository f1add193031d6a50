import type { Profile } from "./profile.ts";

/**
 * Pseudonymous: no attribute of the person, so it stays valid after a move.
 *
 * Subject as required by EN 319 412-2 §4.2.4: one countryName and commonName, a serialNumber, and a pseudonym, never together
 * with a name. One key signs consents and logs in, so keyUsage is type B of §4.3.2 (digitalSignature and nonRepudiation), as on
 * the card's own sign certificate.
 */
export const basic = {
  name: "basic",
  version: 1,
  country: "JP",
  subject: ["commonName", "pseudonym", "serialNumber"],
  keyUsage: ["digitalSignature", "nonRepudiation"],
  // The arc that RFC 5612 reserves for examples; an operator puts the OID of their own certificate policy here. Not a UUID
  // under 2.25: RFC 5280 appendix B promises support only for arcs below 2^28, and some verifiers refuse larger ones.
  policy: "1.3.6.1.4.1.32473.1.1",
  validityYears: 5,
} as const satisfies Profile;
