import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import type * as z from "zod";
import { answerOf } from "../../domain/link/requests.ts";
import { readShown } from "../../domain/notification/shown-change.ts";
import { sealedAnswer } from "../../protocol/consent.ts";
import { dayInJapan } from "../../protocol/japan.ts";
import { type Inbox, type InboxCursors, inbox, inboxRequest } from "../../protocol/notification.ts";
import { phoneMessage } from "../../protocol/phone-message.ts";
import { type NewPhoneNotice, newPhonesShownTo } from "../../registry/certificate/new-phones.ts";
import { type CertificateNotice, noticesShownTo } from "../../registry/certificate/notices.ts";
import { lockDisclosure } from "../../registry/consent/disclosures.ts";
import { linesShownTo, type ShownLine } from "../../registry/consent/views.ts";
import { type Connection, transaction } from "../../registry/database.ts";
import type { Enrolment } from "../../registry/issuance/enrolments.ts";
import { type LinkRequestRow, linkRequestsShownTo } from "../../registry/link/requests.ts";
import type { ListPage, Wanted } from "../../registry/list-page.ts";
import { openBackchannelLogins } from "../../registry/login/logins.ts";
import {
  markReached,
  type NotificationRow,
  openNotifications,
  type SettledNotification,
  settledNotifications,
} from "../../registry/notification/notifications.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { type PhoneMessageDeps, readFormerPhoneMessage } from "../intake/phone-message.ts";
import { sealAnswer } from "../intake/seal-answer.ts";
import { proven } from "../limits/door.ts";
import { operation } from "../openapi/described.ts";

export interface InboxDeps extends PhoneMessageDeps {
  pool: Pool;
  sealer: Sealer;
}

/**
 * `POST /v1/inbox`: what waits for the person at this enrolment's party, and the outcomes of recent items, sealed to the
 * request's one-use key. Reading it counts as having been reached, with or without a push. A replaced phone is shown only the
 * question about its successor.
 */
export function inboxRoute(server: FastifyInstance, deps: InboxDeps): void {
  server.post(
    "/v1/inbox",
    {
      ...proven,
      ...operation(
        "What waits for the person, sealed to the request's one-use key",
        phoneMessage,
        sealedAnswer,
      ),
    },
    async (request): Promise<z.infer<typeof sealedAnswer>> => {
      const { claims, enrolment } = await readFormerPhoneMessage(deps, request.body, inboxRequest);
      const found = await transaction(deps.pool, (connection) =>
        readInbox(connection, deps, enrolment, claims),
      );
      return sealAnswer(claims, inbox.parse(found));
    },
  );
}

/** The most items of each section. */
const mostShown = 16;

async function readInbox(
  connection: Connection,
  deps: InboxDeps,
  enrolment: Enrolment,
  { sections = [], after }: { sections?: readonly string[] | undefined; after?: InboxCursors | undefined },
): Promise<Inbox> {
  const now = deps.clock();
  const { personId, partyId } = enrolment;
  const of = { personId, partyId, now };
  const page = async <T>(
    section: keyof InboxCursors,
    read: (wanted: Wanted) => Promise<ListPage<T>>,
    limit = mostShown,
  ): Promise<ListPage<T>> =>
    after && after[section] === undefined ? { rows: [] } : read({ after: after?.[section], limit });
  const nextOf = (next: InboxCursors): Pick<Inbox, "next"> =>
    sections.includes("pages") && Object.values(next).some((each) => each !== undefined) ? { next } : {};

  const phones = await page("newPhones", (wanted) => newPhonesShownTo(connection, enrolment.id, now, wanted));
  const newPhones = phones.rows.map((notice) => newPhoneOf(notice, sections.includes("votes")));
  if (enrolment.state !== "active")
    return {
      open: [],
      settled: [],
      certificates: [],
      logins: [],
      newPhones,
      ...nextOf({ newPhones: phones.next }),
    };
  const open: Inbox["open"] = [];
  const waiting = await page("open", (wanted) => openNotifications(connection, of, wanted));
  for (const row of waiting.rows) {
    const consent = await lockDisclosure(connection, row.consentId, "share", now);
    if (!consent?.inForce) continue;
    const shown = await readShown(connection, deps.sealer, row, consent.attributes);
    if (shown !== undefined)
      open.push({ notificationId: row.id, shown, expiresAt: row.expiresAt.toISOString() });
  }
  const ids = open.map(({ notificationId }) => notificationId);
  if (ids.length > 0) await markReached(connection, ids, "opened");
  const settled = await page("settled", (wanted) => settledNotifications(connection, of, wanted));
  const certificates = await page("certificates", (wanted) => noticesShownTo(connection, of, wanted));
  const shown = { since: new Date(now.getTime() - shownMs), now };
  const lines = sections.includes("consents")
    ? await page("consents", (wanted) => linesShownTo(connection, of, shown, wanted), mostActs)
    : undefined;
  const requests = sections.includes("link-requests")
    ? await page("linkRequests", (wanted) => linkRequestsShownTo(connection, of, shown, wanted), mostActs)
    : undefined;
  const logins = after ? [] : await openBackchannelLogins(connection, of, now);
  return {
    open,
    settled: settled.rows.map((row) => settledOf(row, sections.includes("tries"))),
    certificates: certificates.rows.map(certificateOf),
    logins: logins.map(({ id, expiresAt }) => ({ loginId: id, expiresAt: expiresAt.toISOString() })),
    newPhones,
    ...nextOf({
      open: waiting.next,
      settled: settled.next,
      certificates: certificates.next,
      newPhones: phones.next,
      consents: lines?.next,
      linkRequests: requests?.next,
    }),
    ...(lines ? { consents: lines.rows.map(consentOf) } : {}),
    ...(requests ? { linkRequests: requests.rows.map((request) => requestOf(request, now)) } : {}),
  };
}

/** How long outcomes are shown, milliseconds. */
const shownMs = 30 * 86_400_000;
const mostActs = 32;

const consentOf = (line: ShownLine): NonNullable<Inbox["consents"]>[number] => ({
  consentId: line.name,
  kind: line.kind,
  ...(line.link ? { link: line.link } : {}),
  act: line.act,
  where: line.here ? "here" : "elsewhere",
  attributes: line.attributes,
  at: line.shownAt.toISOString(),
});

const requestOf = (request: LinkRequestRow, now: Date): NonNullable<Inbox["linkRequests"]>[number] => ({
  ...answerOf(request, now),
  role: request.role,
  link: request.link,
  // Both parties see this: for a request of an older version, whose end is an exact time, show the day (docs/decisions/0021).
  expiresAt: dayInJapan(request.expiresAt).toISOString(),
});

const settledOf = (row: SettledNotification, withTries: boolean): Inbox["settled"][number] => ({
  notificationId: row.id,
  party: row.partyId,
  attributes: row.attributes,
  state: row.state as Exclude<NotificationRow["state"], "open">,
  delivery: row.delivery,
  ...(row.acknowledgement ? { outcome: row.acknowledgement.outcome } : {}),
  ...(row.receipt ? { receipt: row.receipt } : {}),
  ...(withTries && row.delivery === "pending" ? { tries: row.tries } : {}),
});

const certificateOf = (notice: CertificateNotice): Inbox["certificates"][number] => ({
  enrolmentId: notice.enrolmentId,
  kind: notice.kind,
  ...(notice.daysLeft === null ? {} : { daysLeft: notice.daysLeft }),
  // The day in Japan: one act may be shown at several parties. A revocation has its own, true time (docs/decisions/0021).
  at: (notice.kind === "revoked" ? notice.dueAt : dayInJapan(notice.dueAt)).toISOString(),
  ...(notice.notAfter ? { notAfter: notice.notAfter.toISOString() } : {}),
});

const hourMs = 3_600_000;

/**
 * Shows the hour only, because the same new phone is announced to several parties' apps; for a first enrolment only the day, in
 * Japan (docs/decisions/0021).
 */
function newPhoneOf(
  { id, where, setUpAt, isLate, isStopped, mayStop }: NewPhoneNotice,
  withVotes: boolean,
): Inbox["newPhones"][number] {
  const at = isLate ? dayInJapan(setUpAt) : new Date(Math.floor(setUpAt.getTime() / hourMs) * hourMs);
  return {
    noticeId: id,
    where,
    at: at.toISOString(),
    stopped: isStopped,
    ...(withVotes ? { mayStop, datedBy: isLate ? "day" : "hour" } : {}),
  };
}
