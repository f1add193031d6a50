import type { Attestation } from "../../protocol/application.ts";

/** What an attestation must be about: this key, asked for by this challenge, in this app. */
export interface AttestationSubject {
  spkiSha256: string;
  nonce: string;
  app: string;
}

/** Verifies one format of attestation. Adding a format is adding one file that implements this. */
export interface AttestationVerifier {
  readonly format: Attestation["format"];
  /** True only when the statement proves that the key lives in the app named, on a device worth trusting. */
  verify(statement: string, subject: AttestationSubject): Promise<boolean>;
}
