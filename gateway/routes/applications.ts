import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import type { IssuanceClient } from "../../client/engine/issuance.ts";
import { takeCardQuestion } from "../../domain/recognition/card-questions.ts";
import { Refusal, tooManyCardQuestions } from "../../domain/refusal.ts";
import { type ExaminationRules, type Examined, examineApplication } from "../../pki/application/examine.ts";
import { type Applied, applied, envelope, sealedApplication } from "../../protocol/application.ts";
import type { RefusalCode } from "../../protocol/refusals.ts";
import { applicationContext } from "../../protocol/sealing.ts";
import { claimChallenge, findApplication } from "../../registry/issuance/applications.ts";
import { findEnrolment } from "../../registry/issuance/enrolments.ts";
import { storeEvidence } from "../../registry/issuance/evidence.ts";
import { findPersonByCard } from "../../registry/recognition/persons.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { type EnvelopeDeps, openEnvelope } from "../intake/open-envelope.ts";
import { operation } from "../openapi/described.ts";

/**
 * How an application is examined before the workflow starts, and how its card is recognised; built in
 * `workers/gateway-parts.ts`.
 */
export interface ApplicationRules {
  /** The current trust anchors, attestation verifiers and published notices. */
  rules: () => Promise<ExaminationRules>;
  /** The keyed hash by which a card is recognised. */
  cardReference: (card: { issuerKeyId: string; serial: string }) => Buffer;
  /** Status requests to the cards' issuer for one person in an hour. */
  cardQuestionsPerHour: number;
}

export interface ApplicationDeps extends EnvelopeDeps, ApplicationRules {
  pool: Pool;
  sealer: Sealer;
  issuance: Pick<IssuanceClient, "apply">;
  /** How long a phone waits for an answer before it must try again, milliseconds. */
  answerMs: number;
}

/**
 * `POST /v1/applications`: what the card signed, sealed. Everything that needs no external request is checked here, before
 * evidence is stored and a workflow starts.
 */
export function applicationRoute(server: FastifyInstance, deps: ApplicationDeps): void {
  server.post(
    "/v1/applications",
    operation("Send what the card signed; receive the sealed activation code", envelope, applied),
    async (request): Promise<Applied> => {
      const { challenge, expired, message } = await openEnvelope(
        deps,
        request.body,
        sealedApplication,
        applicationContext,
      );
      if (expired)
        throw new Refusal({
          code: "CHALLENGE_EXPIRED",
          detail: "The challenge expired before the application arrived.",
        });
      const receivedAt = deps.clock();
      const examined = await examineApplication(message, challenge, await deps.rules(), receivedAt);
      if (!examined.ok) throw new Refusal(examined);

      const { enrolmentId } = challenge.claims;
      await takeQuestion(deps, enrolmentId, examined);
      const evidenceId = await storeEvidence(deps.pool, deps.sealer, {
        enrolmentId,
        applicationSha256: examined.applicationSha256,
        content: { challenge: challenge.jws, application: message, receivedAt: receivedAt.toISOString() },
      });
      // Postgres decides the single use of a challenge: a second application is refused without calling the workflow.
      const claim = await claimChallenge(deps.pool, enrolmentId, evidenceId);
      if (claim.evidenceId !== evidenceId) throw conflict();
      const expiresAt = new Date(challenge.claims.exp * 1000).toISOString();
      const outcome = await deps.issuance.apply({ enrolmentId, expiresAt, evidenceId }, deps.answerMs);
      if (outcome.kind === "refused") throw new Refusal(outcome);
      if (outcome.kind === "unanswered") {
        throw new Refusal({
          code: "TRY_AGAIN",
          detail: "The application is stored and being processed; its outcome is not known yet.",
        });
      }
      return outcome.kind === "applied"
        ? readSealedCode(deps, enrolmentId)
        : readApplied(deps, enrolmentId, evidenceId);
    },
  );
}

/** One status request per challenge, for the first application: any other on it shares that request. */
async function takeQuestion(
  { pool, cardReference, cardQuestionsPerHour, clock }: ApplicationDeps,
  enrolmentId: string,
  { card: { serial }, anchor }: Examined,
): Promise<void> {
  const reference = cardReference({ issuerKeyId: anchor.keyId, serial });
  const personId = await findPersonByCard(pool, reference);
  const question = { id: enrolmentId, enrolmentId, reference, personId, now: clock() };
  const wait = await takeCardQuestion(pool, question, cardQuestionsPerHour);
  if (wait !== undefined) throw tooManyCardQuestions(wait);
}

/** The outcome of an ended workflow, from the registry, for the first application only. */
async function readApplied(deps: ApplicationDeps, enrolmentId: string, evidenceId: string): Promise<Applied> {
  const application = await findApplication(deps.pool, enrolmentId);
  if (application?.evidenceId !== evidenceId) throw conflict();
  if (application.refusal) {
    throw new Refusal({ code: application.refusal.code as RefusalCode, detail: application.refusal.detail });
  }
  return readSealedCode(deps, enrolmentId);
}

async function readSealedCode(deps: ApplicationDeps, enrolmentId: string): Promise<Applied> {
  const enrolment = await findEnrolment(deps.pool, enrolmentId);
  if (!enrolment?.sealedCode)
    throw new Refusal({ code: "CHALLENGE_EXPIRED", detail: "The application has ended." });
  return { enrolmentId, sealedCode: enrolment.sealedCode };
}

const conflict = () =>
  new Refusal({ code: "APPLICATION_CONFLICT", detail: "Another application came first on this challenge." });
