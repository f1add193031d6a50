import { verifiableClaims } from "./claims.ts";

/** Our trust framework: proven by the card's signature, kept current from the population register. */
export const trustFramework = "urn:kazasu:trust-framework:jpki";
const evidenceType = "electronic_record";
const recordType = "population_register";

/** The provider's metadata (IDA §8). `verified_claims_supported` is of earlier drafts; clients still read it. */
export const identityAssuranceMetadata = {
  verified_claims_supported: true,
  trust_frameworks_supported: [trustFramework],
  evidence_supported: [evidenceType],
  electronic_records_supported: [recordType],
  claims_in_verified_claims_supported: verifiableClaims,
};

/**
 * All that can be said of a verification; a request selects from it. It contains nothing of the card's certificate: parties
 * never learn serials (公的個人認証法).
 * @param provenAt the day of the proof, as its start in Japan
 */
export const verificationOf = (provenAt: Date) => ({
  trust_framework: trustFramework,
  time: provenAt.toISOString().replace(/\.\d+Z$/, "Z"),
  evidence: [
    {
      type: evidenceType,
      record: {
        type: recordType,
        source: { name: "Japan Agency for Local Authority Information Systems", country_code: "JPN" },
      },
    },
  ],
});
