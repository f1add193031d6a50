import type { Attestation } from "../../protocol/application.ts";

/** What an attestation must be about: this key, for this challenge, in this app. */
export interface AttestationSubject {
  spkiSha256: string;
  nonce: string;
  app: string;
}

/** Verifies one format of attestation. A new format is a new implementation of this. */
export interface AttestationVerifier {
  readonly format: Attestation["format"];
  /** True only if the statement proves that the key is held by the named app, on a trustworthy device. */
  verify(statement: string, subject: AttestationSubject): Promise<boolean>;
}
