import { SignJWT } from "jose";
import { type ConsentReceipt, consentReceipt } from "../../protocol/consent.ts";
import { labels } from "../../protocol/labels.ts";
import type { ConsentChangeRow } from "../../registry/consent-changes.ts";
import type { Consent } from "../../registry/consents.ts";
import type { Connection } from "../../registry/database.ts";
import { findEnrolment } from "../../registry/enrolments.ts";
import { findLink } from "../../registry/links.ts";
import { findNotice } from "../../registry/parties.ts";
import type { ApplyingDeps } from "./deps.ts";

/**
 * The CA's signed word on what was done to a consent: a JWS (RFC 7515, ES256) under the service key, with fields after
 * ISO/IEC TS 27560. It names attributes and has none of their values.
 */
export async function signReceipt(
  connection: Connection,
  { serviceKey, issuer, clock }: ApplyingDeps,
  change: ConsentChangeRow,
  consent: Consent,
): Promise<string> {
  const notice = await findNotice(connection, consent.noticeSha256);
  if (!notice) throw new Error("A consent names a notice that is gone; the registry is damaged.");
  const { id, version, language, sha256 } = notice;
  const claims: ConsentReceipt = {
    iss: issuer,
    iat: Math.floor(clock().getTime() / 1_000),
    sub: await subjectOf(connection, change, consent),
    record_id: consent.id,
    schema_version: "kazasu/consent-receipt/1",
    controller: issuer,
    ...(consent.partyId === null ? {} : { recipient: consent.partyId }),
    ...(await linkOf(connection, consent)),
    purpose: consent.kind,
    pii_categories: consent.attributes,
    event: {
      act: change.act,
      revision: consent.revision,
      state: consent.state,
      occurred_at: change.receivedAt.toISOString(),
      evidence_sha256: change.digest,
      signed_with: change.source,
    },
    notice: { id, version, language, sha256 },
    valid_until: consent.validUntil.toISOString(),
    withdrawal: "Sign a withdrawal with the phone: POST /v1/consents/changes. It takes effect at once.",
  };
  return new SignJWT(consentReceipt.parse(claims))
    .setProtectedHeader({ alg: "ES256", typ: labels.receipt, kid: serviceKey.kid })
    .sign(serviceKey.privateKey);
}

/** Of a link: who receives what, and what for. */
async function linkOf(
  connection: Connection,
  { linkId }: Consent,
): Promise<Pick<ConsentReceipt, "recipient" | "link">> {
  const link = linkId === null ? undefined : await findLink(connection, linkId);
  if (!link) return {};
  const { fromPartyId: from, toPartyId: to, dataset, purpose } = link;
  return { recipient: to, link: { from, to, dataset, purpose } };
}

/** The pairwise pseudonym towards a party; towards the register nothing that another receipt has too. */
async function subjectOf(
  connection: Connection,
  { enrolmentId }: ConsentChangeRow,
  { id, kind }: Consent,
): Promise<string> {
  if (kind === "register-refresh" || enrolmentId === null) return id;
  return (await findEnrolment(connection, enrolmentId))?.pseudonym ?? id;
}
