import { type PushAddress, pushAddress } from "../../protocol/notification.ts";
import { type Connection, first } from "../database.ts";
import type { Sealer } from "../sealing.ts";

/** The push subscription of one enrolment's phone. */
export interface PushSubscriptionRow {
  enrolmentId: string;
  address: PushAddress;
  /** The stored form: shows whether the address has changed. */
  sealed: Buffer;
}

const rowOf = (enrolmentId: string): string => `push-subscriptions/${enrolmentId}`;

/**
 * Records when a message about the enrolment's push subscription was signed. False if a newer message came before: an older
 * one, delayed or replayed, must change nothing.
 */
export async function noteSubscriptionAsked(
  connection: Connection,
  enrolmentId: string,
  askedAt: Date,
): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: "note-push-subscription-asked",
    text: `update enrolments set push_asked_at = $2
           where id = $1 and (push_asked_at is null or push_asked_at <= $2)`,
    values: [enrolmentId, askedAt],
  });
  return rowCount === 1;
}

/** Stores the address of an enrolment's phone, sealed, replacing an earlier one. */
export async function storePushSubscription(
  connection: Connection,
  sealer: Sealer,
  { enrolmentId, address }: Omit<PushSubscriptionRow, "sealed">,
): Promise<void> {
  await connection.query({
    name: "store-push-subscription",
    text: `insert into push_subscriptions (enrolment_id, kind, sealed) values ($1, $2, $3)
           on conflict (enrolment_id) do update
             set kind = excluded.kind, sealed = excluded.sealed, updated_at = now()`,
    values: [
      enrolmentId,
      address.kind,
      sealer.seal(Buffer.from(JSON.stringify(address)), rowOf(enrolmentId)),
    ],
  });
}

/** Deletes the phone's subscription. */
export async function deletePushSubscription(connection: Connection, enrolmentId: string): Promise<void> {
  await connection.query({
    name: "delete-push-subscription",
    text: "delete from push_subscriptions where enrolment_id = $1",
    values: [enrolmentId],
  });
}

/** Deletes an address that its push service no longer knows, unless a newer one has replaced it. */
export async function forgetPushSubscription(
  connection: Connection,
  { enrolmentId, sealed }: PushSubscriptionRow,
): Promise<void> {
  await connection.query({
    name: "forget-push-subscription",
    text: "delete from push_subscriptions where enrolment_id = $1 and sealed = $2",
    values: [enrolmentId, sealed],
  });
}

/**
 * The subscriptions of a person's active enrolments: at one party, or at all of them. `alsoOf`: an enrolment that may have
 * ended, whose phone is to be notified of that.
 */
export async function readPushSubscriptions(
  connection: Connection,
  sealer: Sealer,
  personId: string,
  partyId?: string,
  alsoOf?: string,
): Promise<PushSubscriptionRow[]> {
  const { rows } = await connection.query<{ enrolment_id: string; sealed: Buffer }>({
    name: "read-push-subscriptions",
    text: `select s.enrolment_id, s.sealed from push_subscriptions s join enrolments e on e.id = s.enrolment_id
           where e.person_id = $1 and ($2::text is null or e.party_id = $2)
             and (e.state = 'active' or e.id = $3)
           order by s.enrolment_id`,
    values: [personId, partyId ?? null, alsoOf ?? null],
  });
  return rows.map(({ enrolment_id, sealed }) => opened(sealer, enrolment_id, sealed));
}

/** The subscription of one enrolment's phone, ended or not. */
export async function readPushSubscription(
  connection: Connection,
  sealer: Sealer,
  enrolmentId: string,
): Promise<PushSubscriptionRow | undefined> {
  const row = first(
    await connection.query<{ sealed: Buffer }>({
      name: "read-push-subscription",
      text: "select sealed from push_subscriptions where enrolment_id = $1",
      values: [enrolmentId],
    }),
  );
  return row && opened(sealer, enrolmentId, row.sealed);
}

const opened = (sealer: Sealer, enrolmentId: string, sealed: Buffer): PushSubscriptionRow => ({
  enrolmentId,
  sealed,
  address: pushAddress.parse(JSON.parse(sealer.open(sealed, rowOf(enrolmentId)).toString())),
});
