import { isAboutStream } from "../../protocol/events.ts";
import { audit } from "../../registry/audit/lines.ts";
import type { Connection } from "../../registry/database.ts";
import { moveDelivery } from "../../registry/notification/notifications.ts";
import { deadLetter, markFailed } from "../../registry/notification/security-events.ts";
import { removeStreamTokens } from "../../registry/notification/stream-tokens.ts";
import {
  createStream,
  deleteStream,
  findStream,
  lockStream,
  type Stream,
  type StreamSettings,
  setStreamStatus,
  updateStream,
} from "../../registry/notification/streams.ts";
import { cancelUndelivered, lockUndelivered } from "../../registry/notification/undelivered.ts";
import { required } from "../../registry/required.ts";
import type { Sealer } from "../../registry/sealing.ts";

/** The notification of an event that will not be delivered: its workflow reads the registry again. */
export interface MovedNotification {
  consentId: string;
  version: number;
}

/** Creates the party's stream; `undefined` if it has one already. */
export async function openStream(
  connection: Connection,
  sealer: Sealer,
  partyId: string,
  settings: StreamSettings,
): Promise<Stream | undefined> {
  const stream = await createStream(connection, sealer, partyId, settings);
  if (stream?.bearerPolling) await audit(connection, "bearer-polling-changed", stream.id, { allowed: true });
  return stream;
}

/**
 * Changes the settings of a stream; `undefined` if it was deleted. Without bearer polling its tokens end at once.
 * @param change the new settings, from the stream as it is under the lock: another change may have come in between
 */
export async function changeStream(
  connection: Connection,
  sealer: Sealer,
  { id, partyId }: Pick<Stream, "id" | "partyId">,
  change: (stream: Stream) => StreamSettings,
): Promise<Stream | undefined> {
  if ((await lockStream(connection, id)) === undefined) return undefined;
  const stream = required(await findStream(connection, sealer, partyId), "A locked stream");
  const changed = await updateStream(connection, sealer, stream, change(stream));
  if (changed === undefined || changed.bearerPolling === stream.bearerPolling) return changed;
  if (!changed.bearerPolling) await removeStreamTokens(connection, stream.id);
  await audit(connection, "bearer-polling-changed", stream.id, { allowed: changed.bearerPolling });
  return changed;
}

/**
 * Changes the status of a stream (Shared Signals Framework 1.0 §8.1.2). A paused stream holds its events; a disabled one holds
 * nothing: what is undelivered when it is disabled, and what happened until it is enabled or paused again, is never sent over
 * it.
 * @returns the notifications of events that were dropped; `undefined` if the stream was deleted
 */
export async function changeStreamStatus(
  connection: Connection,
  { id, partyId }: Pick<Stream, "id" | "partyId">,
  { status, reason, now }: { status: Stream["status"]; reason: string | undefined; now: Date },
): Promise<MovedNotification[] | undefined> {
  const locked = await lockStream(connection, id);
  if (locked === undefined) return undefined;
  await setStreamStatus(connection, id, status, reason);
  if (locked.status !== "disabled" && status !== "disabled") return [];
  return dropUndelivered(connection, partyId, "STREAM_DISABLED", now);
}

/**
 * Deletes a stream. Its undelivered events end with it: another stream of the party does not have them.
 * @returns the notifications of events that were dropped; `undefined` if the stream was deleted before
 */
export async function endStream(
  connection: Connection,
  { id, partyId }: Pick<Stream, "id" | "partyId">,
  now: Date,
): Promise<MovedNotification[] | undefined> {
  if ((await lockStream(connection, id)) === undefined) return undefined;
  await deleteStream(connection, id);
  return dropUndelivered(connection, partyId, "STREAM_DELETED", now);
}

/** An event about the stream itself is cancelled; any other becomes a dead letter, which only an explicit replay sends again. */
async function dropUndelivered(
  connection: Connection,
  partyId: string,
  code: "STREAM_DISABLED" | "STREAM_DELETED",
  now: Date,
): Promise<MovedNotification[]> {
  const moved: MovedNotification[] = [];
  for (const { jti, event, notificationId, consentId, version } of await lockUndelivered(
    connection,
    partyId,
    now,
  )) {
    if (isAboutStream(event)) {
      await cancelUndelivered(connection, jti, code);
      await audit(connection, "delivery-cancelled", jti);
      continue;
    }
    await markFailed(connection, jti, code);
    await deadLetter(connection, jti);
    if (notificationId !== undefined)
      await moveDelivery(connection, notificationId, ["pending"], "dead-lettered");
    await audit(connection, "event-dead-lettered", jti, { consentId: consentId ?? "" });
    if (consentId !== undefined && version !== undefined) moved.push({ consentId, version });
  }
  return moved;
}
