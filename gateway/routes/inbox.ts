import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import type * as z from "zod";
import type { sealedAnswer } from "../../protocol/consent.ts";
import { type Inbox, inbox, inboxRequest } from "../../protocol/notification.ts";
import { type CertificateNotice, noticesShownTo } from "../../registry/certificate-notices.ts";
import { type Connection, transaction } from "../../registry/database.ts";
import { lockDisclosure } from "../../registry/disclosures.ts";
import type { Enrolment } from "../../registry/enrolments.ts";
import { openBackchannelLogins } from "../../registry/logins.ts";
import { type NewPhoneNotice, newPhonesShownTo } from "../../registry/new-phones.ts";
import {
  markReached,
  type NotificationRow,
  openNotifications,
  settledNotifications,
} from "../../registry/notifications.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { readShown } from "../../registry/shown-change.ts";
import { type PhoneMessageDeps, readFormerPhoneMessage } from "../intake/phone-message.ts";
import { sealAnswer } from "../intake/seal-answer.ts";
import { proven } from "../limits/door.ts";

export interface InboxDeps extends PhoneMessageDeps {
  pool: Pool;
  sealer: Sealer;
}

/**
 * `POST /v1/inbox`: what waits for the person at this enrolment's party, and what became of the last, sealed to the
 * one-use key of the question. Reading it counts as having been reached, push or no push. A phone that was replaced is
 * shown that, and nothing else.
 */
export function inboxRoute(server: FastifyInstance, deps: InboxDeps): void {
  server.post("/v1/inbox", proven, async (request): Promise<z.infer<typeof sealedAnswer>> => {
    const { claims, enrolment } = await readFormerPhoneMessage(deps, request.body, inboxRequest);
    const found = await transaction(deps.pool, (connection) =>
      readInbox(connection, deps, enrolment, claims.sections),
    );
    return sealAnswer(claims, inbox.parse(found));
  });
}

async function readInbox(
  connection: Connection,
  deps: InboxDeps,
  enrolment: Enrolment,
  sections: readonly string[] = [],
): Promise<Inbox> {
  const now = deps.clock();
  const shown = await newPhonesShownTo(connection, enrolment.id, now);
  const newPhones = shown.map((notice) => newPhoneOf(notice, sections.includes("votes")));
  if (enrolment.state !== "active") return { open: [], settled: [], certificates: [], logins: [], newPhones };
  const { personId, partyId } = enrolment;
  const open: Inbox["open"] = [];
  for (const row of await openNotifications(connection, { personId, partyId, now })) {
    const consent = await lockDisclosure(connection, row.consentId, "share", now);
    if (!consent?.inForce) continue;
    const shown = await readShown(connection, deps.sealer, row, consent.attributes);
    if (shown !== undefined)
      open.push({ notificationId: row.id, shown, expiresAt: row.expiresAt.toISOString() });
  }
  const ids = open.map(({ notificationId }) => notificationId);
  if (ids.length > 0) await markReached(connection, ids, "opened");
  const settled = await settledNotifications(connection, { personId, partyId });
  const certificates = await noticesShownTo(connection, { personId, partyId, now });
  const logins = await openBackchannelLogins(connection, { personId, partyId }, now);
  return {
    open,
    settled: settled.map(settledOf),
    certificates: certificates.map(certificateOf),
    logins: logins.map(({ id, expiresAt }) => ({ loginId: id, expiresAt: expiresAt.toISOString() })),
    newPhones,
  };
}

const settledOf = (row: NotificationRow): Inbox["settled"][number] => ({
  notificationId: row.id,
  party: row.partyId,
  attributes: row.attributes,
  state: row.state as Exclude<NotificationRow["state"], "open">,
  delivery: row.delivery,
  ...(row.acknowledgement ? { outcome: row.acknowledgement.outcome } : {}),
  ...(row.receipt ? { receipt: row.receipt } : {}),
});

const certificateOf = (notice: CertificateNotice): Inbox["certificates"][number] => ({
  enrolmentId: notice.enrolmentId,
  kind: notice.kind,
  ...(notice.daysLeft === null ? {} : { daysLeft: notice.daysLeft }),
  at: notice.dueAt.toISOString(),
  ...(notice.notAfter ? { notAfter: notice.notAfter.toISOString() } : {}),
});

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const japanMs = 9 * hourMs;

/**
 * Names the hour and no more: the same new phone is told to several parties' apps; of a first enrolment the day, in Japan
 * (docs/decisions/0021).
 */
function newPhoneOf(
  { id, where, setUpAt, isLate, isStopped, mayStop }: NewPhoneNotice,
  withVotes: boolean,
): Inbox["newPhones"][number] {
  const time = setUpAt.getTime();
  const at = isLate
    ? Math.floor((time + japanMs) / dayMs) * dayMs - japanMs
    : Math.floor(time / hourMs) * hourMs;
  return {
    noticeId: id,
    where,
    at: new Date(at).toISOString(),
    stopped: isStopped,
    ...(withVotes ? { mayStop, datedBy: isLate ? "day" : "hour" } : {}),
  };
}
