import { complete } from "../../domain/issuance/completing.ts";
import { intend } from "../../domain/issuance/intending.ts";
import { refused } from "../../domain/issuance/refused.ts";
import { lintTbs } from "../../pki/ca/lint/lint.ts";
import { profileByHash } from "../../pki/ca/profiles/profiles.ts";
import { signTbs } from "../../pki/ca/tbs.ts";
import { encode } from "../../protocol/encoding.ts";
import { audit } from "../../registry/audit/lines.ts";
import { findCertificate, type IssuanceIntent } from "../../registry/certificate/certificates.ts";
import { transaction } from "../../registry/database.ts";
import { readActivation } from "../../registry/issuance/activations.ts";
import { endEnrolment, lockEnrolment } from "../../registry/issuance/enrolments.ts";
import type { ActivateOutcome, IssuanceActivities } from "../../workflows/issuance/contract.ts";
import { generationOf, type SigningDeps } from "./deps.ts";

/** Longer than any challenge is valid: a retry of an issuance is never later than this after its intent. */
const retriedWithinMs = 3_600_000;

/**
 * Write-ahead issuance: intend, lint, sign, store, hand out; each step is in the journal, outside Postgres, before the next.
 * Never two certificates for one intent, never a signature without a record.
 */
export function createSigningActivities(
  deps: SigningDeps,
): Pick<IssuanceActivities, "issue" | "endIssuance"> {
  return {
    async issue({ activationId }) {
      const activation = await readActivation(deps.pool, activationId);
      if (!activation) return refused("NOT_APPLIED", "The activation is not in the registry.");
      const begun = await transaction(deps.pool, (connection) => intend(connection, deps, activation));
      if (begun.kind !== "intended") return begun;
      const { intent } = begun;
      const before = await findCertificate(deps.pool, intent.enrolmentId);
      const earlier = begun.isRetry && !before ? await signedBefore(deps, intent) : undefined;
      const der = before?.der ?? earlier ?? (await lintAndSign(deps, intent));
      if ("kind" in der) return der;
      const stored = await transaction(deps.pool, (connection) =>
        complete(connection, intent, der, deps.announceWithinMs),
      );
      if ("kind" in stored) return stored;
      const line = lineOf(intent);
      await deps.journal.append({ entry: "stored", ...line }, { entry: "handed-out", ...line });
      return { kind: "issued", certificateId: stored.id };
    },

    async endIssuance({ enrolmentId, why }) {
      await transaction(deps.pool, async (connection) => {
        const enrolment = await lockEnrolment(connection, enrolmentId);
        if (enrolment?.state !== "applied") return;
        await endEnrolment(connection, enrolmentId, "ended", why);
        await audit(connection, "enrolment-ended", enrolmentId, { why });
      });
    },
  };
}

/** A signature that an earlier attempt made and could not store. */
async function signedBefore(deps: SigningDeps, intent: IssuanceIntent): Promise<Buffer | undefined> {
  const since = new Date(deps.clock().getTime() - retriedWithinMs);
  const signed = await deps.journal.findSigned(intent.id, since);
  return signed && Buffer.from(signed);
}

/** Lints under a throw-away key before signing. */
async function lintAndSign(deps: SigningDeps, intent: IssuanceIntent): Promise<Buffer | ActivateOutcome> {
  const authority = generationOf(deps.authorities(), intent.generation);
  const line = lineOf(intent);
  const { profileHash, evidenceId } = intent;
  const intended = { entry: "intent", ...line, profileHash, evidenceId, tbs: encode(intent.tbs) } as const;
  const lint = await lintTbs(intent.tbs, {
    issuer: authority.issuer,
    issuingCertificate: authority.issuing,
    profile: profileByHash(profileHash),
    urls: deps.urls,
  });
  if (!lint.ok) {
    const rules = lint.findings.map(({ rule }) => rule);
    await deps.journal.append(intended, { entry: "lint-refused", ...line, rules });
    await audit(deps.pool, "lint-refused", intent.enrolmentId, { intentId: intent.id, rules: rules.join() });
    return refused("CERTIFICATE_UNMAKEABLE", `It violates rules of the CA: ${rules.join(", ")}.`);
  }
  await deps.journal.append(intended, { entry: "linted", ...line });
  const der = Buffer.from(await signTbs(authority, lint.linted));
  await deps.journal.append({ entry: "signed", ...line, certificate: encode(der) });
  return der;
}

const lineOf = ({ id, enrolmentId, serial }: IssuanceIntent) => ({ intentId: id, enrolmentId, serial });
