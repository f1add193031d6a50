import type { JWK } from "jose";
import type { Pool } from "pg";
import { type ExaminationRules, type Examined, examineApplication } from "../../pki/application/examine.ts";
import { type ChallengeClaims, verifyChallenge } from "../../protocol/challenge.ts";
import { type Refused, refuse } from "../../protocol/refusals.ts";
import { type Evidence, readEvidence } from "../../registry/issuance/evidence.ts";
import type { Sealer } from "../../registry/sealing.ts";

/** What is needed to examine evidence again. */
export interface EvidenceReader {
  pool: Pool;
  sealer: Sealer;
  /** Public key of the service key that signs challenges. */
  serviceKey: JWK;
  rules: () => Promise<ExaminationRules>;
}

export interface ExaminedEvidence extends Examined {
  evidence: Evidence;
  claims: ChallengeClaims;
}

/**
 * Reads evidence and examines it as of the time it was received. The gateway did the same before; this result is authoritative.
 */
export async function examineEvidence(
  reader: EvidenceReader,
  evidenceId: string,
): Promise<ExaminedEvidence | Refused> {
  const evidence = await readEvidence(reader.pool, reader.sealer, evidenceId);
  if (!evidence) return refuse("CHALLENGE_EXPIRED", "The evidence of this application has ended.");
  const { challenge, application, receivedAt } = evidence.content;
  const at = new Date(receivedAt);
  const verified = await verifyChallenge(challenge, reader.serviceKey, { now: at });
  if (!verified.ok) return refuse(verified.code, "The challenge in the evidence does not verify.");
  const examined = await examineApplication(
    application,
    { jws: challenge, claims: verified.claims },
    await reader.rules(),
    at,
  );
  if (!examined.ok) return examined;
  return { ...examined, evidence, claims: verified.claims };
}
