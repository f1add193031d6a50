import * as z from "zod";
import { audienceOf, eventTypes } from "../../protocol/events.ts";
import { storedText } from "../../protocol/stored-text.ts";
import type { Stream, StreamSettings } from "../../registry/notification/streams.ts";
import { named } from "./own-stream.ts";

/** Delivery methods (RFC 8935, RFC 8936). */
export const deliveryMethods = { push: "urn:ietf:rfc:8935", poll: "urn:ietf:rfc:8936" } as const;

/** The event types that a party can request. The framework's own events are sent on every stream without a request. */
const requestable: string[] = [eventTypes.attributesChanged, eventTypes.credentialChange];
const always: string[] = [eventTypes.verification, eventTypes.streamUpdated];

/** The event types of a stream. */
export const carriedBy = ({ eventsRequested }: Pick<Stream, "eventsRequested">): string[] => [
  ...requestable.filter((event) => eventsRequested.includes(event)),
  ...always,
];

const push = z.object({
  method: z.literal(deliveryMethods.push),
  endpoint_url: z.url().max(512),
  authorization_header: z
    .string()
    .max(1_024)
    .regex(/^[\x20-\x7e]+$/)
    .optional(),
});
/** The transmitter sets the polling URL. */
const poll = z.object({ method: z.literal(deliveryMethods.poll) });

const delivery = z.discriminatedUnion("method", [push, poll]);
const eventsRequested = z.array(storedText(256)).max(32);
const optional = {
  description: storedText(256).optional(),
  /** An extension: how events are signed. */
  signing_alg: z.enum(["ES256", "RS256"]).optional(),
};

/** The members that a receiver may set (Shared Signals Framework 1.0 §8.1.1). The transmitter's own members are ignored. */
export const newStream = z.object({
  ...optional,
  delivery: delivery.default({ method: deliveryMethods.poll }),
  events_requested: eventsRequested.default(requestable),
});
export const streamReplacement = newStream.extend(named);
export const streamChange = z.object({
  ...named,
  ...optional,
  delivery: delivery.optional(),
  events_requested: eventsRequested.optional(),
});

export function settingsOf(asked: z.infer<typeof newStream>): StreamSettings {
  const { description, signing_alg: alg = "ES256" } = asked;
  return {
    alg,
    eventsRequested: asked.events_requested,
    ...(description === undefined ? {} : { description }),
    ...deliverySettings(asked.delivery),
  };
}

/** A change does not affect members that it does not name. */
export function changedSettings(stream: Stream, asked: z.infer<typeof streamChange>): StreamSettings {
  const description = asked.description ?? stream.description;
  const { method, endpoint, authorization } = stream;
  return {
    alg: asked.signing_alg ?? stream.alg,
    eventsRequested: asked.events_requested ?? stream.eventsRequested,
    ...(description === undefined ? {} : { description }),
    ...(asked.delivery
      ? deliverySettings(asked.delivery)
      : {
          method,
          ...(endpoint === undefined ? {} : { endpoint }),
          ...(authorization === undefined ? {} : { authorization }),
        }),
  };
}

function deliverySettings(
  asked: z.infer<typeof delivery>,
): Pick<StreamSettings, "method" | "endpoint" | "authorization"> {
  if (asked.method === deliveryMethods.poll) return { method: "poll" };
  const { endpoint_url: endpoint, authorization_header: authorization } = asked;
  return { method: "push", endpoint, ...(authorization === undefined ? {} : { authorization }) };
}

/** The stream as shown to its receiver. The authorization header is not shown again. */
export function streamDocument(publicUrl: string, stream: Stream): object {
  return {
    stream_id: stream.id,
    iss: publicUrl,
    aud: audienceOf(stream.partyId),
    delivery:
      stream.method === "push"
        ? { method: deliveryMethods.push, endpoint_url: stream.endpoint }
        : { method: deliveryMethods.poll, endpoint_url: `${publicUrl}/ssf/poll/${stream.id}` },
    events_supported: [...requestable, ...always],
    events_requested: stream.eventsRequested,
    events_delivered: carriedBy(stream),
    signing_alg: stream.alg,
    ...(stream.description === undefined ? {} : { description: stream.description }),
  };
}
