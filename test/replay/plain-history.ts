import type { Payload, PayloadCodec } from "@temporalio/common";
import { historyFromJSON, historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import type { temporal } from "@temporalio/proto";

type History = temporal.api.history.v1.IHistory;

/** The history with every payload decrypted, wherever in the events it stands. */
export async function decryptHistory(history: History, codec: PayloadCodec): Promise<History> {
  return (await decryptIn(history, codec)) as History;
}

/** As JSON text, the way Temporal's own tools write histories. */
export const toText = (history: History): string =>
  JSON.stringify(historyToJSON(history as never), undefined, 1);
export const fromText = (text: string) => historyFromJSON(JSON.parse(text));

async function decryptIn(value: unknown, codec: PayloadCodec): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map((item) => decryptIn(item, codec)));
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || isLong(value)) return value;
  if (isPayload(value)) return (await codec.decode([value]))[0];
  const copy = Object.create(Object.getPrototypeOf(value) as object) as Record<string, unknown>;
  for (const [name, member] of Object.entries(value)) copy[name] = await decryptIn(member, codec);
  return copy;
}

const isPayload = (value: object): value is Payload =>
  "metadata" in value && "data" in value && ArrayBuffer.isView(value.data);
const isLong = (value: object): boolean => "low" in value && "high" in value && "unsigned" in value;
