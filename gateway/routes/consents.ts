import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import type * as z from "zod";
import type { ConsentClient } from "../../client/engine/consent.ts";
import { examineConsentChange } from "../../domain/consent/examining.ts";
import { requireWithinLimits } from "../../domain/consent/limits.ts";
import { changeMeant } from "../../domain/consent/names.ts";
import { linkOf } from "../../domain/link/granting.ts";
import { Refusal } from "../../domain/refusal.ts";
import {
  type ConsentChange,
  type ConsentChanged,
  type ConsentSummary,
  consentChange,
  consentChanged,
  consentList,
  consentListRequest,
  sealedAnswer,
} from "../../protocol/consent.ts";
import { phoneMessage } from "../../protocol/phone-message.ts";
import type { RefusalCode } from "../../protocol/refusals.ts";
import {
  addConsentChange,
  type ConsentChangeRow,
  findChangeOfMessage,
  findConsentChange,
} from "../../registry/consent/changes.ts";
import { type ConsentSubject, findConsent, lockSubject } from "../../registry/consent/consents.ts";
import { consentsShownTo, type ListedConsent } from "../../registry/consent/list.ts";
import { hasViews, lineOfChange, showEndNow } from "../../registry/consent/views.ts";
import { transaction } from "../../registry/database.ts";
import type { Enrolment } from "../../registry/issuance/enrolments.ts";
import { findLink } from "../../registry/link/links.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { type PhoneMessageDeps, type ReadMessage, readPhoneMessage } from "../intake/phone-message.ts";
import { sealAnswer } from "../intake/seal-answer.ts";
import { proven } from "../limits/door.ts";
import { operation } from "../openapi/described.ts";
import type { ConsentPushes } from "../pushes.ts";

export interface ConsentRouteDeps extends PhoneMessageDeps, ConsentPushes {
  pool: Pool;
  sealer: Sealer;
  consent: Pick<ConsentClient, "change">;
  /** How long a phone waits for an answer before it must try again, milliseconds. */
  answerMs: number;
}

/** The most consents in one answer: with receipts, as many as a sealed answer can contain. */
const mostShown = 32;

/**
 * `POST /v1/consents/list`: the consents this enrolment may see, sealed to the request's one-use key.
 * `POST /v1/consents/changes`: grants, renews, amends or withdraws one with the device key. The change is stored, then its
 * workflow decides on it; the same message again has the same outcome.
 */
export function consentRoutes(server: FastifyInstance, deps: ConsentRouteDeps): void {
  server.post(
    "/v1/consents/list",
    {
      ...proven,
      ...operation(
        "The consents this enrolment may see, sealed to the request's one-use key",
        phoneMessage,
        sealedAnswer,
      ),
    },
    async (request): Promise<z.infer<typeof sealedAnswer>> => {
      const { claims, enrolment } = await readPhoneMessage(deps, request.body, consentListRequest);
      const wanted = { after: claims.page?.after, limit: mostShown };
      const { rows, next } = await consentsShownTo(deps.pool, enrolment, deps.clock(), wanted);
      const consents = rows.map(summaryOf);
      return sealAnswer(claims, consentList.parse({ consents, ...(claims.page && next ? { next } : {}) }));
    },
  );

  server.post(
    "/v1/consents/changes",
    {
      ...proven,
      ...operation(
        "Grant, renew, amend or withdraw a consent with the device key",
        phoneMessage,
        consentChanged,
      ),
    },
    async (request): Promise<ConsentChanged> => {
      const read = await readPhoneMessage(deps, request.body, consentChange);
      const earlier = await findChangeOfMessage(deps.pool, read.enrolment.id, read.digest);
      if (earlier?.outcome) return answerTo(deps, read.enrolment, earlier);
      const { consentId, changeId } = earlier
        ? { consentId: earlier.consentId, changeId: earlier.id }
        : await store(deps, read).catch((error: unknown) => showWhy(deps, read, error));
      const outcome = await deps.consent.change({ consentId, changeId }, deps.answerMs);
      if (outcome.kind === "refused") throw new Refusal(outcome);
      const decided = await findConsentChange(deps.pool, changeId);
      if (decided?.outcome) {
        const answer = await answerTo(deps, read.enrolment, decided);
        await notifyOtherParty(deps, read.enrolment, decided);
        return answer;
      }
      throw new Refusal({
        code: "TRY_AGAIN",
        detail: "The change is stored; its outcome is not known yet. Send the same message again.",
      });
    },
  );
}

/** Stores a phone's signed message, once, if no check made here fails. */
async function store(
  deps: ConsentRouteDeps,
  { claims: signed, enrolment, jws, digest }: ReadMessage<ConsentChange>,
): Promise<{ consentId: string; changeId: string }> {
  const { personId } = enrolment;
  return transaction(deps.pool, async (connection) => {
    const claims = await changeMeant(connection, signed, enrolment, deps.clock());
    const { kind, act, attributes, notice, revision } = claims;
    const subject: ConsentSubject = {
      personId,
      kind,
      partyId: kind === "disclosure" ? enrolment.partyId : null,
      linkId: kind === "link" ? await linkOf(connection, claims, enrolment, deps.clock()) : null,
    };
    await lockSubject(connection, subject);
    // A concurrent copy of the message was stored first.
    const earlier = await findChangeOfMessage(connection, enrolment.id, digest);
    if (earlier) return { consentId: earlier.consentId, changeId: earlier.id };
    await examineConsentChange(connection, claims, subject, deps.clock());
    await requireWithinLimits(connection, { ...claims, enrolment, now: deps.clock() });
    const consentId = claims.consentId ?? randomUUID();
    const changeId = await addConsentChange(
      connection,
      {
        ...subject,
        consentId,
        act,
        attributes,
        digest,
        source: "device",
        enrolmentId: enrolment.id,
        receivedAt: deps.clock(),
        ...(notice ? { noticeSha256: notice.sha256 } : {}),
        ...(revision === undefined ? {} : { seenRevision: revision }),
      },
      { sealer: deps.sealer, signed: jws },
    );
    return { consentId, changeId };
  });
}

/** A link concerns both parties at once: a push notifies the other party's phones that something has changed. */
async function notifyOtherParty(
  { pool, pushConsents }: ConsentRouteDeps,
  { personId, partyId }: Enrolment,
  { linkId }: ConsentChangeRow,
): Promise<void> {
  const link = linkId === null ? undefined : await findLink(pool, linkId);
  if (link)
    await pushConsents({
      personId,
      partyId: link.fromPartyId === partyId ? link.toPartyId : link.fromPartyId,
    });
}

/** An end elsewhere that is not shown here yet is shown with the refusal of a change that came too late. */
async function showWhy(
  { pool, clock }: ConsentRouteDeps,
  { claims: { kind, consentId: name }, enrolment }: ReadMessage<ConsentChange>,
  error: unknown,
): Promise<never> {
  const { personId, partyId } = enrolment;
  if (hasViews(kind) && error instanceof Refusal && error.code === "CONSENT_NOT_IN_FORCE")
    await showEndNow(pool, { personId, partyId, kind, name }, clock());
  throw error;
}

/** The outcome of a decided change, with the ids known to this phone's party. */
async function answerTo(
  deps: ConsentRouteDeps,
  { partyId }: Enrolment,
  change: ConsentChangeRow,
): Promise<ConsentChanged> {
  const { consentId, outcome, revision, receipt, act } = change;
  if (outcome !== "applied") {
    throw new Refusal({
      code: outcome as RefusalCode,
      detail: "This change was refused before, for the same reason.",
    });
  }
  const line = await lineOfChange(deps.pool, { changeId: change.id, partyId });
  if (line && line.receipt !== null)
    return { consentId: line.name, revision: line.revision, state: line.state, receipt: line.receipt };
  const consent = await findConsent(deps.pool, consentId);
  if (!consent || revision === null || receipt === null)
    throw new Error("An applied change has no consent, revision or receipt; the registry is damaged.");
  return { consentId, revision, state: act === "withdraw" ? "withdrawn" : "in-force", receipt };
}

const summaryOf = (consent: ListedConsent): ConsentSummary => ({
  consentId: consent.id,
  kind: consent.kind,
  ...(consent.link ? { link: consent.link } : {}),
  ...(consent.partyId !== null && consent.partyName
    ? { party: { id: consent.partyId, name: consent.partyName } }
    : {}),
  attributes: consent.attributes,
  state: consent.state,
  revision: consent.revision,
  grantedAt: consent.createdAt.toISOString(),
  validUntil: consent.validUntil.toISOString(),
  ...(consent.endedAt ? { endedAt: consent.endedAt.toISOString() } : {}),
  ...(consent.registerState ? { register: consent.registerState } : {}),
  ...(consent.receipt === null ? {} : { receipt: consent.receipt }),
});
