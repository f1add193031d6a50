import { sha256, utf8 } from "../../protocol/encoding.ts";
import type { Operation } from "../../protocol/operation.ts";
import { audit } from "../../registry/audit/lines.ts";
import {
  addConsentChange,
  findChangeOfConsent,
  findChangesOfPerson,
} from "../../registry/consent/changes.ts";
import { consentsInForceOf, findConsent, lockSubject } from "../../registry/consent/consents.ts";
import type { Connection } from "../../registry/database.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { lockPersonOf } from "../certificate/by-operators.ts";
import type { Approved } from "../operation/approving.ts";
import { type OpenedPage, proofOf } from "../person-page/proof.ts";
import { Refusal } from "../refusal.ts";

interface Deps {
  sealer: Sealer;
  clock: () => Date;
}

/** A stored change, on which its consent's workflow decides. */
export interface StoredChange {
  consentId: string;
  changeId: string;
}

/**
 * Stores that a person withdraws one of their consents on the person page, whatever party it concerns, in the caller's
 * transaction. Pressing twice stores one change.
 * @throws Refusal CONSENT_NOT_IN_FORCE
 */
export async function withdrawOnPage(
  connection: Connection,
  { sealer, clock }: Deps,
  page: OpenedPage,
  consentId: string,
): Promise<StoredChange> {
  const { proof, digest } = proofOf(page, "withdraw", consentId);
  const consent = await findConsent(connection, consentId);
  if (consent?.personId !== page.personId)
    throw new Refusal({ code: "CONSENT_NOT_IN_FORCE", detail: "The person has no consent of this id." });
  const { personId, kind, partyId, linkId, attributes } = consent;
  await lockSubject(connection, consent);
  const earlier = await findChangeOfConsent(connection, consentId, digest);
  if (earlier) return { consentId, changeId: earlier.id };
  const change = { consentId, personId, kind, partyId, linkId, attributes, digest };
  const changeId = await addConsentChange(
    connection,
    { ...change, act: "withdraw", source: "card", receivedAt: clock() },
    { sealer, signed: proof },
  );
  return { consentId, changeId };
}

/**
 * Stores that operators withdraw every consent in force of a person who cannot do so themselves: each as its own change, with
 * the approved operation as evidence. A repeated call returns the changes not decided yet, and leaves consents given since
 * unchanged. In the caller's transaction.
 * @throws Refusal NOT_FOUND
 */
export async function withdrawAllApproved(
  connection: Connection,
  { sealer, clock }: Deps,
  { id: operationId, personOf, record }: Extract<Operation, { act: "withdraw-consents" }>,
  { statement, approvals, approvers }: Approved,
): Promise<StoredChange[]> {
  const digest = await sha256(utf8(statement));
  const evidence = { sealer, signed: JSON.stringify({ statement, approvals }) };
  const personId = await lockPersonOf(connection, personOf);
  const earlier = await findChangesOfPerson(connection, personId, digest);
  if (earlier.length > 0) return earlier.map(({ id, consentId }) => ({ consentId, changeId: id }));
  const stored: StoredChange[] = [];
  for (const consent of await consentsInForceOf(connection, personId)) {
    await lockSubject(connection, consent);
    const { id: consentId, kind, partyId, linkId, attributes } = consent;
    const change = { consentId, personId, kind, partyId, linkId, attributes, digest };
    const asked = { ...change, act: "withdraw", source: "operator", receivedAt: clock() } as const;
    stored.push({ consentId, changeId: await addConsentChange(connection, asked, evidence) });
  }
  if (stored.length === 0)
    throw new Refusal({ code: "NOT_FOUND", detail: "The person has no consent in force." });
  await audit(connection, "operation-approved", operationId, {
    act: "withdraw-consents",
    record,
    consents: stored.length,
    by: approvers.join(),
  });
  return stored;
}
