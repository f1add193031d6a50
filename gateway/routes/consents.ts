import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import type * as z from "zod";
import type { ConsentClient } from "../../client/engine/consent.ts";
import { examineConsentChange } from "../../domain/consent/examining.ts";
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
  grantsByParty,
  nthRevisionByPhone,
} from "../../registry/consent/changes.ts";
import { type ConsentSubject, findConsent, lockSubject } from "../../registry/consent/consents.ts";
import { consentsShownTo, type ListedConsent } from "../../registry/consent/list.ts";
import { hasViews, lineOfChange, showEndNow } from "../../registry/consent/views.ts";
import { type Connection, transaction } from "../../registry/database.ts";
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
  /** How long a phone is kept waiting before it is asked to try again, milliseconds. */
  answerMs: number;
}

/** What a phone is shown at once: with receipts, as much as one sealed answer takes. */
const mostShown = 32;

/** What a person may give by one party's apps: in force, or within a day. So no party's apps crowd a list of another one. */
const mostGrants = 64;
const grantsMs = 86_400_000;

/** How often phones renew or amend a link within a day: the other party's phones are pushed and told each time. */
const mostRevisions = 16;
const revisionsMs = 86_400_000;

/**
 * `POST /v1/consents/list`: the consents this enrolment may see, sealed to the one-use key of the question.
 * `POST /v1/consents/changes`: grants, renews, amends or withdraws one with the device key. Stored first, then decided
 * on by its lifecycle; the same message again has the same outcome.
 */
export function consentRoutes(server: FastifyInstance, deps: ConsentRouteDeps): void {
  server.post(
    "/v1/consents/list",
    {
      ...proven,
      ...operation(
        "The consents this enrolment may see, sealed to the question's key",
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
        await tellOtherSide(deps, read.enrolment, decided);
        return answer;
      }
      throw new Refusal({
        code: "TRY_AGAIN",
        detail: "The change is stored; what comes of it is not known yet. Send the same message again.",
      });
    },
  );
}

/** Stores what the phone signed, once for each message, when nothing speaks against it that can be checked here. */
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
    // The same message came twice at once: the other was first.
    const earlier = await findChangeOfMessage(connection, enrolment.id, digest);
    if (earlier) return { consentId: earlier.consentId, changeId: earlier.id };
    await examineConsentChange(connection, claims, subject, deps.clock());
    if (act === "grant") await requireRoom(connection, enrolment, deps.clock());
    else if (kind === "link" && act !== "withdraw")
      await requireCalm(connection, claims.consentId, deps.clock());
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

async function requireRoom(connection: Connection, enrolment: Enrolment, now: Date): Promise<void> {
  const since = new Date(now.getTime() - grantsMs);
  if ((await grantsByParty(connection, enrolment, since)) >= mostGrants)
    throw new Refusal({
      code: "CONSENTS_TOO_MANY",
      detail: `By one party's apps a person gives ${mostGrants} consents, in force or within a day.`,
    });
}

async function requireCalm(connection: Connection, consentId: string | undefined, now: Date): Promise<void> {
  if (consentId === undefined) return;
  const since = new Date(now.getTime() - revisionsMs);
  const oldest = await nthRevisionByPhone(connection, { consentId, since, nth: mostRevisions });
  if (oldest)
    throw new Refusal({
      code: "TOO_MANY_REQUESTS",
      detail: `Phones renew or amend a link ${mostRevisions} times within a day.`,
      retryAfterSeconds: Math.ceil((oldest.getTime() + revisionsMs - now.getTime()) / 1_000),
    });
}

/** Of a link both sides are notified at once: a push tells the other side's phones that there is something to see. */
async function tellOtherSide(
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

/** An end elsewhere that is not shown here yet is shown with the refusal of what comes too late for it. */
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

/** What came of a change that is decided on, by the names that this phone's party knows. */
async function answerTo(
  deps: ConsentRouteDeps,
  { partyId }: Enrolment,
  change: ConsentChangeRow,
): Promise<ConsentChanged> {
  const { consentId, outcome, revision, receipt, act } = change;
  if (outcome !== "applied") {
    throw new Refusal({
      code: outcome as RefusalCode,
      detail: "This very change was refused before; its reason stands.",
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
