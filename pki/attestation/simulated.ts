import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import type { AttestationSubject, AttestationVerifier } from "./verifier.ts";

/**
 * Accepts statements of the simulated attester. For test settings only: the configuration refuses to build it in production,
 * and a production engine has no verifier for the format.
 *
 * `keys`: the simulated attester's public keys (RFC 7517), fetched at the first statement.
 */
export function simulatedAttestation(keys: () => Promise<JSONWebKeySet>): AttestationVerifier {
  return {
    format: "simulated",
    async verify(statement: string, subject: AttestationSubject) {
      const keySet = createLocalJWKSet(await keys());
      try {
        const { payload } = await jwtVerify(statement, keySet, {
          algorithms: ["ES256"],
          typ: "simulated-attestation+jwt",
        });
        return (
          payload["spkiSha256"] === subject.spkiSha256 &&
          payload["nonce"] === subject.nonce &&
          payload["app"] === subject.app
        );
      } catch {
        return false;
      }
    },
  };
}
