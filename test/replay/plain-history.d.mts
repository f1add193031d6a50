import type { Payload, PayloadCodec } from "@temporalio/common";
import type { temporal } from "@temporalio/proto";

export type History = temporal.api.history.v1.IHistory;

/** The history with every payload decrypted, wherever it is in the events. */
export function decryptHistory(history: History, codec: PayloadCodec): Promise<History>;

/** Whether a part of a history is a payload. */
export function isPayload(value: object): value is Payload;

/** As JSON text: protobuf's own JSON of the message, without the names of processes and hosts. */
export function toText(history: History): string;

/** Reads what {@link toText} wrote. */
export function fromText(text: string): History;
