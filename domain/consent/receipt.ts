import { SignJWT } from "jose";
import { type ConsentReceipt, consentReceipt } from "../../protocol/consent.ts";
import { sha256, utf8 } from "../../protocol/encoding.ts";
import { labels } from "../../protocol/labels.ts";
import type { ConsentChangeRow } from "../../registry/consent/changes.ts";
import type { Consent } from "../../registry/consent/consents.ts";
import type { ViewLine } from "../../registry/consent/views.ts";
import type { Connection } from "../../registry/database.ts";
import { findEnrolment, pseudonymOf } from "../../registry/issuance/enrolments.ts";
import { findLink } from "../../registry/link/links.ts";
import { findNotice } from "../../registry/party/parties.ts";
import type { ApplyingDeps } from "./deps.ts";

/**
 * The CA's signed receipt for an act on a consent: a JWS (RFC 7515, ES256) under the service key, with fields after ISO/IEC TS
 * 27560. It contains names of attributes, never their values.
 */
export async function signReceipt(
  connection: Connection,
  deps: ApplyingDeps,
  change: ConsentChangeRow,
  consent: Consent,
): Promise<string> {
  return sign(connection, deps, consent, {
    sub: await subjectOf(connection, change, consent),
    recordId: consent.id,
    signedAt: deps.clock(),
    validUntil: consent.validUntil,
    event: {
      act: change.act,
      revision: consent.revision,
      state: consent.state,
      occurred_at: change.receivedAt.toISOString(),
      evidence_sha256: await evidenceOf(change),
      signed_with: change.source,
    },
  });
}

/**
 * The receipt for one party's apps alone, under the party's own id of the consent. If another party's app acted, the receipt is
 * dated by the day and names the evidence by a digest of this line, from which the CA can find it.
 */
export async function signViewReceipt(
  connection: Connection,
  deps: ApplyingDeps,
  of: {
    consent: Consent;
    partyId: string;
    line: Pick<ViewLine, "id" | "name" | "act" | "state" | "shownAt" | "validUntil">;
    revision: number;
    change: ConsentChangeRow | undefined;
    isExact: boolean;
  },
): Promise<string | null> {
  const { consent, partyId, line, revision, change, isExact } = of;
  // Nobody acts at the end of a term: the consent's last receipt states it.
  if (line.act === "expire") return null;
  const pseudonym = await pseudonymOf(connection, consent.personId, partyId);
  return sign(connection, deps, consent, {
    sub: consent.kind === "link" ? (pseudonym ?? line.name) : line.name,
    recordId: line.name,
    signedAt: isExact ? deps.clock() : line.shownAt,
    validUntil: line.validUntil,
    event: {
      act: line.act,
      revision,
      state: line.state,
      occurred_at: line.shownAt.toISOString(),
      evidence_sha256:
        isExact && change
          ? await evidenceOf(change)
          : await sha256(utf8(`kazasu/consent-view-line/${line.id}`)),
      signed_with: change?.source ?? "card",
    },
  });
}

/**
 * The evidence named in a receipt: the digest of the signed message. A statement approved by operators covers consents at several
 * parties, and its digest would let their apps correlate the person; there the evidence is a digest of this change, which the CA
 * can trace back to the statement.
 */
const evidenceOf = async ({ id, source, digest }: ConsentChangeRow): Promise<string> =>
  source === "operator" ? sha256(utf8(`kazasu/consent-change/${id}`)) : digest;

async function sign(
  connection: Connection,
  { serviceKey, issuer }: ApplyingDeps,
  consent: Consent,
  of: {
    sub: string;
    recordId: string;
    signedAt: Date;
    validUntil: Date;
    event: ConsentReceipt["event"];
  },
): Promise<string> {
  const notice = await findNotice(connection, consent.noticeSha256);
  if (!notice) throw new Error("A consent names a notice that is missing; the registry is damaged.");
  const { id, version, language, sha256: digest } = notice;
  const claims: ConsentReceipt = {
    iss: issuer,
    iat: Math.floor(of.signedAt.getTime() / 1_000),
    sub: of.sub,
    record_id: of.recordId,
    schema_version: "kazasu/consent-receipt/1",
    controller: issuer,
    ...(consent.partyId === null ? {} : { recipient: consent.partyId }),
    ...(await linkOf(connection, consent)),
    purpose: consent.kind,
    pii_categories: consent.attributes,
    event: of.event,
    notice: { id, version, language, sha256: digest },
    valid_until: of.validUntil.toISOString(),
    withdrawal: "Sign a withdrawal with the phone: POST /v1/consents/changes. It takes effect at once.",
  };
  return new SignJWT(consentReceipt.parse(claims))
    .setProtectedHeader({ alg: "ES256", typ: labels.receipt, kid: serviceKey.kid })
    .sign(serviceKey.privateKey);
}

/** For a link: who receives which data, and for what purpose. */
async function linkOf(
  connection: Connection,
  { linkId }: Consent,
): Promise<Pick<ConsentReceipt, "recipient" | "link">> {
  const link = linkId === null ? undefined : await findLink(connection, linkId);
  if (!link) return {};
  const { fromPartyId: from, toPartyId: to, dataset, purpose } = link;
  return { recipient: to, link: { from, to, dataset, purpose } };
}

/** The pairwise pseudonym at a party; for the register an identifier that no other receipt has. */
async function subjectOf(
  connection: Connection,
  { enrolmentId }: ConsentChangeRow,
  { id, kind }: Consent,
): Promise<string> {
  if (kind === "register-refresh" || enrolmentId === null) return id;
  return (await findEnrolment(connection, enrolmentId))?.pseudonym ?? id;
}
