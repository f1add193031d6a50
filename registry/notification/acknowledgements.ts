import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { type Connection, first } from "../database.ts";

/** A party's acknowledgement of a version. */
export interface StoredAcknowledgement {
  outcome: "applied" | "manual-review" | "rejected";
  reason?: string;
}

const stored = z.object({
  outcome: z.enum(["applied", "manual-review", "rejected"]),
  reason: z.string().exactOptional(),
});

/** Reads the column. */
export const storedAcknowledgement = (column: unknown): StoredAcknowledgement | null =>
  column === null ? null : stored.parse(column);

/**
 * Stores a party's acknowledgement, once: `repeated` if it was equal before, `contradicts` if it was different, `never-told` if
 * its event was cancelled before delivery. It may arrive before the delivery is recorded; that the party knows the version
 * proves the delivery. The caller holds the lock of the consent's row.
 */
export async function storeAcknowledgement(
  connection: Connection,
  notificationId: string,
  acknowledgement: StoredAcknowledgement,
): Promise<"stored" | "repeated" | "contradicts" | "never-told"> {
  // Lock the notification before its event, as everywhere.
  const row = first(
    await connection.query<{ acknowledgement: unknown }>({
      name: "lock-acknowledgement",
      text: "select acknowledgement from notifications where id = $1 for update",
      values: [notificationId],
    }),
  );
  const delivered = await connection.query({
    name: "acknowledged-event",
    text: `update security_events set state = 'delivered', delivered_at = coalesce(delivered_at, now())
           where notification_id = $1 and state <> 'cancelled'`,
    values: [notificationId],
  });
  if (delivered.rowCount === 0) return "never-told";
  const before = row && storedAcknowledgement(row.acknowledgement);
  if (before) return isDeepStrictEqual(before, acknowledgement) ? "repeated" : "contradicts";
  await connection.query({
    name: "store-acknowledgement",
    text: `update notifications set acknowledgement = $2, acknowledged_at = now(), delivery = 'acknowledged'
           where id = $1`,
    values: [notificationId, JSON.stringify(acknowledgement)],
  });
  return "stored";
}
