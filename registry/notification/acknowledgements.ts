import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { type Connection, first } from "../database.ts";

/** What a party said it did with a version. */
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
 * Stores what the party did, once: `repeated` where it said the same before, `contradicts` where it said otherwise,
 * `never-told` where its event was cancelled before it was handed over. It may come before the handing over is noted;
 * that it knows of the version shows that it was. The caller holds the consent's row.
 */
export async function storeAcknowledgement(
  connection: Connection,
  notificationId: string,
  acknowledgement: StoredAcknowledgement,
): Promise<"stored" | "repeated" | "contradicts" | "never-told"> {
  // The notification before its event, as everybody locks them.
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
