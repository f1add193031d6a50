import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import type { CertificateClient } from "../../client/engine/certificate.ts";
import { type RevocationRequest, revoke } from "../../domain/certificate/revoking.ts";
import { malformed, Refusal } from "../../domain/refusal.ts";
import { sha256 } from "../../protocol/encoding.ts";
import { messageDigest, phoneMessage } from "../../protocol/phone-message.ts";
import {
  keyCompromiseReport,
  type Revoked,
  revocation,
  revoked,
  verifyKeyCompromise,
} from "../../protocol/revocation.ts";
import {
  findRevocationRequest,
  isKnown,
  type RevokedCertificate,
  revokedBySerials,
} from "../../registry/certificate/revocations.ts";
import { transaction } from "../../registry/database.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { type PhoneMessageDeps, readPhoneMessage } from "../intake/phone-message.ts";
import { proven } from "../limits/door.ts";
import { operation } from "../openapi/described.ts";
import { signalCertificates } from "../signal-certificates.ts";

export interface RevocationRouteDeps extends PhoneMessageDeps {
  pool: Pool;
  sealer: Sealer;
  certificate: Pick<CertificateClient, "reread">;
  log: { warn(fields: object, message: string): void };
}

/**
 * `POST /v1/revocations`: the person revokes the enrolment's own certificate with the device key.
 * `POST /v1/key-compromises`: proof of possession of a private key revokes every certificate of it.
 *
 * The revocation needs only Postgres and is complete when answered; Temporal sends the notices, and may be unavailable.
 */
export function revocationRoutes(server: FastifyInstance, deps: RevocationRouteDeps): void {
  server.post(
    "/v1/revocations",
    { ...proven, ...operation("Permanently revoke this phone's own certificate", phoneMessage, revoked) },
    async (request): Promise<Revoked> => {
      const earlier = await answeredBefore(deps, request.body);
      if (earlier) return earlier;
      const { claims, enrolment, jws, digest } = await readPhoneMessage(deps, request.body, revocation);
      const target = { enrolmentId: enrolment.id };
      return act(deps, { target, reason: claims.reason, by: "person", proof: jws, digest });
    },
  );

  server.post(
    "/v1/key-compromises",
    {
      ...proven,
      ...operation(
        "Report a key as compromised: every certificate of it is revoked",
        keyCompromiseReport,
        revoked,
      ),
    },
    async (request): Promise<Revoked> => {
      const report = keyCompromiseReport.safeParse(request.body);
      if (!report.success) throw malformed("The body is not a proof of a key's compromise", report.error);
      const { proof } = report.data;
      const verdict = await verifyKeyCompromise(proof, { audience: deps.issuer, now: deps.clock() });
      if (!verdict.ok)
        throw new Refusal({
          code: verdict.code,
          detail: "The proof is not signed by the key it contains, or is not recent.",
        });
      const spki = new Uint8Array(await crypto.subtle.exportKey("spki", verdict.publicKey));
      const target = { spkiSha256: await sha256(spki) };
      if (!(await isKnown(deps.pool, target)))
        throw new Refusal({ code: "NOT_FOUND", detail: "This CA has certified no such key." });
      const digest = await messageDigest(proof);
      return act(deps, { target, reason: "keyCompromise", by: "key-holder", proof, digest });
    },
  );
}

/** A repeated message from a phone whose response was lost: its certificate can no longer sign a new one. */
async function answeredBefore(deps: RevocationRouteDeps, body: unknown): Promise<Revoked | undefined> {
  const outer = phoneMessage.safeParse(body);
  if (!outer.success) return undefined;
  const request = await findRevocationRequest(deps.pool, await messageDigest(outer.data.message));
  return request && answerOf(await revokedBySerials(deps.pool, request.serials));
}

async function act(deps: RevocationRouteDeps, request: RevocationRequest): Promise<Revoked> {
  const { certificates, answer } = await transaction(deps.pool, async (connection) => {
    const { certificates } = await revoke(connection, deps.sealer, request);
    return { certificates, answer: answerOf(certificates) };
  });
  await signalCertificates(deps, certificates);
  return answer;
}

function answerOf(certificates: readonly RevokedCertificate[]): Revoked {
  const first = certificates[0];
  if (!first) throw new Refusal({ code: "NOT_FOUND", detail: "There is no certificate to revoke." });
  return {
    serials: certificates.map(({ serial }) => serial),
    revokedAt: first.effectiveAt.toISOString(),
  };
}
