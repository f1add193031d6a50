import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import type { IssuanceClient } from "../../client/engine/issuance.ts";
import { Refusal } from "../../domain/refusal.ts";
import { readCertificateRequest } from "../../pki/ca/csr.ts";
import { type Activated, activated, activation as activationSchema } from "../../protocol/activation.ts";
import { envelope } from "../../protocol/application.ts";
import { decode, encode } from "../../protocol/encoding.ts";
import { activationContext } from "../../protocol/sealing.ts";
import { findCertificate } from "../../registry/certificate/certificates.ts";
import { activationCodeMac, storeActivation } from "../../registry/issuance/activations.ts";
import { type Enrolment, findEnrolment } from "../../registry/issuance/enrolments.ts";
import { sameMac } from "../../registry/sealing.ts";
import { type EnvelopeDeps, openEnvelope } from "../intake/open-envelope.ts";
import { operation } from "../openapi/described.ts";

/** The issuers' chains of certificates; `workers/issued-chains.ts` reads them from the CA's public files. */
export interface IssuedChains {
  /** The certificates of one CA generation, DER, issuing CA first, root last. */
  chainOf: (generation: string) => Promise<readonly Uint8Array[]>;
}

export interface ActivationDeps extends EnvelopeDeps, IssuedChains {
  pool: Pool;
  issuance: Pick<IssuanceClient, "activate">;
  /** The key of the MACs of activation codes. */
  activationKey: Uint8Array;
  /** How long a phone waits for an answer before it must try again, milliseconds. */
  answerMs: number;
}

/**
 * `POST /v1/activations`: the code and the certificate request, sealed. Possession of the key and the key's digest are checked
 * first; only then does a wrong code count.
 */
export function activationRoute(server: FastifyInstance, deps: ActivationDeps): void {
  server.post(
    "/v1/activations",
    operation(
      "Send the activation code and the certificate request; receive the certificate",
      envelope,
      activated,
    ),
    async (request): Promise<Activated> => {
      const { challenge, expired, message } = await openEnvelope(
        deps,
        request.body,
        activationSchema,
        activationContext,
      );
      const { enrolmentId, spkiSha256, exp } = challenge.claims;
      const csr = readCertificateRequest(decode(message.csr));
      if (!csr.ok) throw new Refusal(csr);
      if (csr.spkiSha256 !== spkiSha256) {
        throw new Refusal({
          code: "DEVICE_KEY_MISMATCH",
          detail: "The certificate request is for another key than the challenge.",
        });
      }
      const enrolment = await findEnrolment(deps.pool, enrolmentId);
      if (!enrolment)
        throw new Refusal({
          code: "NOT_APPLIED",
          detail: "This activation has no accepted application.",
        });
      const codeMac = activationCodeMac(deps.activationKey, enrolmentId, decode(message.code));
      if (expired) return readActivated(deps, enrolment, codeMac);

      const activationId = await storeActivation(deps.pool, {
        enrolmentId,
        codeMac,
        csr: Buffer.from(decode(message.csr)),
        spki: Buffer.from(csr.spki),
        spkiSha256,
      });
      const expiresAt = new Date(exp * 1000).toISOString();
      const outcome = await deps.issuance.activate({ enrolmentId, expiresAt, activationId }, deps.answerMs);
      if (outcome.kind === "refused") throw new Refusal(outcome);
      if (outcome.kind === "unanswered") {
        throw new Refusal({
          code: "TRY_AGAIN",
          detail: "The activation is stored; its outcome is not known yet.",
        });
      }
      if (outcome.kind === "issued") return readCertificate(deps, enrolmentId);
      return readActivated(deps, (await findEnrolment(deps.pool, enrolmentId)) ?? enrolment, codeMac);
    },
  );
}

/** The certificate, from the registry, for the code under which it was issued. */
async function readActivated(
  deps: ActivationDeps,
  enrolment: Enrolment,
  codeMac: Buffer,
): Promise<Activated> {
  if (enrolment.state === "applied" || enrolment.state === "ended") {
    const code = enrolment.endedWhy === "locked" ? "CODE_LOCKED" : "CHALLENGE_EXPIRED";
    throw new Refusal({ code, detail: "The application has ended without a certificate." });
  }
  if (!enrolment.codeMac || !sameMac(enrolment.codeMac, codeMac)) {
    throw new Refusal({
      code: "CODE_WRONG",
      detail: "The certificate was issued under another code.",
      triesLeft: 0,
    });
  }
  return readCertificate(deps, enrolment.id);
}

async function readCertificate(deps: ActivationDeps, enrolmentId: string): Promise<Activated> {
  const certificate = await findCertificate(deps.pool, enrolmentId);
  if (!certificate)
    throw new Refusal({ code: "TRY_AGAIN", detail: "The certificate is not in the registry yet." });
  const chain = (await deps.chainOf(certificate.generation)).map(encode);
  return { enrolmentId, certificate: encode(certificate.der), chain };
}
