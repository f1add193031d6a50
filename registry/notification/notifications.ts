import { randomUUID } from "node:crypto";
import type { AttributeName } from "../../protocol/names.ts";
import { type GivenWritings, givenWritings } from "../attribute-record/given-writings.ts";
import { isInForce } from "../consent/in-force.ts";
import { type Connection, first } from "../database.ts";
import {
  type Listed,
  type ListPage,
  listed,
  listPage,
  newestFirst,
  oldestFirst,
  pageValues,
  type Wanted,
} from "../list-page.ts";
import { required } from "../required.ts";
import { type StoredAcknowledgement, storedAcknowledgement } from "./acknowledgements.ts";

export type NotificationRowState = "open" | "confirmed" | "declined" | "expired" | "superseded" | "withdrawn";
export type DeliveryState = "none" | "pending" | "delivered" | "acknowledged" | "dead-lettered" | "cancelled";
export type Reached = "pending" | "pushed" | "unreachable" | "opened";

/** One change put before one person for one consent. Ids and names of attributes; the values are the attribute record's. */
export interface NotificationRow {
  id: string;
  consentId: string;
  personId: string;
  partyId: string;
  /** The attribute record's version to be sent, and the one that the party has. */
  version: number;
  sinceVersion: number;
  /** The writing of the version to be sent, and those that the party had when the person was asked. */
  writing: number;
  since: GivenWritings;
  attributes: AttributeName[];
  state: NotificationRowState;
  reached: Reached;
  delivery: DeliveryState;
  createdAt: Date;
  /** When the person is asked; `null`: when it is opened. */
  askAt: Date | null;
  expiresAt: Date;
  answeredAt: Date | null;
  answeredBy: string | null;
  answerId: string | null;
  acknowledgement: StoredAcknowledgement | null;
  acknowledgedAt: Date | null;
  receipt: string | null;
  /** The security event of a confirmed change. */
  jti: string | null;
}

const columns = `n.id, n.consent_id as "consentId", n.person_id as "personId", n.party_id as "partyId", n.version,
  n.since_version as "sinceVersion", n.writing, n.since_writings as "sinceWritings", n.attributes, n.state, n.reached, n.delivery, n.created_at as "createdAt",
  n.ask_at as "askAt", n.expires_at as "expiresAt", n.answered_at as "answeredAt", n.answered_by as "answeredBy",
  n.answer_id as "answerId", n.acknowledgement, n.acknowledged_at as "acknowledgedAt", n.receipt,
  (select e.jti from security_events e where e.notification_id = n.id) as jti`;

const names = [
  "id",
  "consentId",
  "personId",
  "partyId",
  "version",
  "sinceVersion",
  "writing",
  "sinceWritings",
  "attributes",
  "state",
  "reached",
  "delivery",
  "createdAt",
  "askAt",
  "expiresAt",
  "answeredAt",
  "answeredBy",
  "answerId",
  "acknowledgement",
  "acknowledgedAt",
  "receipt",
  "jti",
];

type Row = Omit<NotificationRow, "since" | "acknowledgement"> & {
  sinceWritings: unknown;
  acknowledgement: unknown;
};

const rowOf = ({ sinceWritings, acknowledgement, ...row }: Row): NotificationRow => ({
  ...row,
  acknowledgement: storedAcknowledgement(acknowledgement),
  since: givenWritings(sinceWritings, row.sinceVersion),
});

export async function findNotification(
  connection: Connection,
  id: string,
): Promise<NotificationRow | undefined> {
  const row = first(
    await connection.query<Row>({
      name: "find-notification",
      text: `select ${columns} from notifications n where n.id = $1`,
      values: [id],
    }),
  );
  return row && rowOf(row);
}

/** Like {@link findNotification}, and locks the row until the transaction ends. Lock the consent's row first. */
export async function lockNotification(
  connection: Connection,
  id: string,
): Promise<NotificationRow | undefined> {
  const row = first(
    await connection.query<Row>({
      name: "lock-notification",
      text: `select ${columns} from notifications n where n.id = $1 for update of n`,
      values: [id],
    }),
  );
  return row && rowOf(row);
}

/** The notification of a version of the attribute record under a consent; `undefined` if nobody was asked. */
export async function findNotificationOf(
  connection: Connection,
  consentId: string,
  version: number,
): Promise<NotificationRow | undefined> {
  const row = first(
    await connection.query<Row>({
      name: "find-notification-of",
      text: `select ${columns} from notifications n where n.consent_id = $1 and n.version = $2`,
      values: [consentId, version],
    }),
  );
  return row && rowOf(row);
}

/** The attributes that the person is being asked about under a consent. */
export async function openAttributesOf(
  connection: Connection,
  consentId: string,
  now: Date,
): Promise<AttributeName[]> {
  const { rows } = await connection.query<{ attributes: AttributeName[] }>({
    name: "open-attributes-of",
    text: "select attributes from notifications where consent_id = $1 and state = 'open' and expires_at > $2",
    values: [consentId, now],
  });
  return rows.flatMap(({ attributes }) => attributes);
}

/** Stores a question to the person. The caller holds the lock of the consent's row, and has checked that there is none yet. */
export async function addNotification(
  connection: Connection,
  notification: Pick<
    NotificationRow,
    | "consentId"
    | "personId"
    | "partyId"
    | "version"
    | "sinceVersion"
    | "writing"
    | "since"
    | "attributes"
    | "createdAt"
    | "askAt"
    | "expiresAt"
  >,
): Promise<NotificationRow> {
  const { consentId, personId, partyId, version, writing, since, attributes } = notification;
  const id = randomUUID();
  await connection.query({
    name: "add-notification",
    text: `insert into notifications (id, consent_id, person_id, party_id, version, since_version, attributes,
             created_at, expires_at, writing, since_writings, ask_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    values: [
      id,
      consentId,
      personId,
      partyId,
      version,
      notification.sinceVersion,
      attributes,
      notification.createdAt,
      notification.expiresAt,
      writing,
      JSON.stringify(since),
      notification.askAt,
    ],
  });
  return required(await findNotification(connection, id), "A notification");
}

/** Ends an open notification. */
export async function closeOpenNotification(
  connection: Connection,
  id: string,
  state: Exclude<NotificationRowState, "open">,
): Promise<void> {
  await connection.query({
    name: "close-notification",
    text: "update notifications set state = $2 where id = $1 and state = 'open'",
    values: [id, state],
  });
}

/** Stores the confirmation: the enrolment, and the signed answer. */
export async function settleNotification(
  connection: Connection,
  id: string,
  press: { state: "confirmed" | "declined"; answerId: string; answeredBy: string; answeredAt: Date },
): Promise<void> {
  await connection.query({
    name: "settle-notification",
    text: `update notifications set state = $2, answer_id = $3, answered_by = $4, answered_at = $5,
             reached = 'opened', delivery = case when $2 = 'confirmed' then 'pending' else 'none' end
           where id = $1 and state = 'open'`,
    values: [id, press.state, press.answerId, press.answeredBy, press.answeredAt],
  });
}

/** Sets the state of the delivery, from one of the given states; otherwise it is unchanged. */
export async function moveDelivery(
  connection: Connection,
  id: string,
  from: DeliveryState[],
  to: DeliveryState,
): Promise<void> {
  await connection.query({
    name: "move-delivery",
    text: "update notifications set delivery = $3 where id = $1 and delivery = any($2)",
    values: [id, from, to],
  });
}

/** Records how far the notification has reached the person; `opened` is final. */
export async function markReached(connection: Connection, ids: string[], reached: Reached): Promise<void> {
  await connection.query({
    name: "mark-reached",
    text: "update notifications set reached = $2 where id = any($1) and reached <> 'opened'",
    values: [ids, reached],
  });
}

export async function storeReceipt(connection: Connection, id: string, receipt: string): Promise<void> {
  await connection.query({
    name: "store-notification-receipt",
    text: "update notifications set receipt = $2 where id = $1",
    values: [id, receipt],
  });
}

/** The person's open questions at a party: asked, not expired, under a consent in force. Oldest first. */
export async function openNotifications(
  connection: Connection,
  { personId, partyId, now }: { personId: string; partyId: string; now: Date },
  wanted: Wanted,
): Promise<ListPage<NotificationRow>> {
  const { rows } = await connection.query<Listed<Row>>({
    name: "open-notifications",
    text: listed(
      names,
      `select ${columns}, 0 as rank, ${oldestFirst("n.created_at")} as place from notifications n join consents c on c.id = n.consent_id
           where n.person_id = $1 and n.party_id = $2 and n.state = 'open' and n.expires_at > $3
             and (n.ask_at is null or n.ask_at <= $3)
             and ${isInForce("c", "$3")}`,
      4,
      { placeOf: (_rank, id) => `(select ${oldestFirst("created_at")} from notifications where id = ${id})` },
    ),
    values: [personId, partyId, now, ...pageValues(wanted)],
  });
  return listPage(
    rows.map((row) => ({ ...rowOf(row), cursor: row.cursor })),
    wanted,
  );
}

/** A settled notification, and the number of failed deliveries to its party. */
export type SettledNotification = NotificationRow & { tries: number };

/**
 * The outcomes of the person's notifications at a party, newest first. Later ones cannot displace one that is still being
 * delivered to the party.
 */
export async function settledNotifications(
  connection: Connection,
  { personId, partyId, now }: { personId: string; partyId: string; now: Date },
  wanted: Wanted,
): Promise<ListPage<SettledNotification>> {
  const { rows } = await connection.query<Listed<Row & { tries: number }>>({
    name: "settled-notifications",
    text: listed(
      [...names, "tries"],
      `select ${columns}, (n.delivery = 'pending')::int as rank, ${newestFirst("n.created_at")} as place,
         coalesce((select e.attempts from security_events e where e.notification_id = n.id and e.state = 'pending'), 0) as tries
       from notifications n where n.person_id = $1 and n.party_id = $2 and n.state <> 'open'
         and (n.ask_at is null or n.ask_at <= $3)`,
      4,
      { placeOf: (_rank, id) => `(select ${newestFirst("created_at")} from notifications where id = ${id})` },
    ),
    values: [personId, partyId, now, ...pageValues(wanted)],
  });
  const { rows: shown, ...rest } = listPage(
    rows.map((row) => ({ ...rowOf(row), tries: row.tries, cursor: row.cursor })),
    wanted,
  );
  return { rows: shown.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime()), ...rest };
}
