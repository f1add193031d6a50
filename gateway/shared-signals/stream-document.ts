import * as z from "zod";
import { audienceOf, eventTypes, isAboutStream } from "../../protocol/events.ts";
import { issuerNames } from "../../protocol/issuer.ts";
import { storedText } from "../../protocol/stored-text.ts";
import type { Stream, StreamSettings } from "../../registry/notification/streams.ts";
import { verificationIntervalSeconds } from "../limits/proven-limits.ts";
import { named } from "./own-stream.ts";

/** Delivery methods (RFC 8935, RFC 8936). */
export const deliveryMethods = { push: "urn:ietf:rfc:8935", poll: "urn:ietf:rfc:8936" } as const;

/** The event types of the transmitter. */
const supported: string[] = Object.values(eventTypes);

/** The event types that a party requests if it names none: all that are about persons. */
const requestable = supported.filter((event) => !isAboutStream(event));

/** The event types that a stream is for: supported, and requested (Shared Signals Framework 1.0 §8.1.1). */
const deliveredOn = ({ eventsRequested }: Pick<Stream, "eventsRequested">): string[] =>
  supported.filter((event) => eventsRequested.includes(event));

/** The event types that are sent over a stream: also those about the stream itself, requested or not (§8.1.4, §8.1.5). */
export const carriedBy = (stream: Pick<Stream, "eventsRequested">): string[] =>
  supported.filter((event) => isAboutStream(event) || deliveredOn(stream).includes(event));

const push = z.object({
  method: z.literal(deliveryMethods.push),
  endpoint_url: z.url().max(512),
  authorization_header: z
    .string()
    .max(1_024)
    .regex(/^[\x20-\x7e]+$/)
    .optional(),
});
/** The transmitter sets the URL to poll. */
const poll = z.object({ method: z.literal(deliveryMethods.poll) });

const delivery = z.discriminatedUnion("method", [push, poll]);
const eventsRequested = z.array(storedText(256)).max(32);
const optional = {
  description: storedText(256).optional(),
  /** An extension: how events are signed. */
  signing_alg: z.enum(["ES256", "RS256"]).optional(),
  /** An extension: how events name a person (RFC 9493). */
  sub_id_format: z.enum(["opaque", "iss_sub"]).optional(),
  /** An extension: the issuer whose ID tokens name a person as the format `iss_sub` does. */
  sub_id_issuer: z.enum(issuerNames).optional(),
  /** An extension, for poll delivery: whether the stream may be read and polled with a bearer token of its own. */
  bearer_polling: z.boolean().optional(),
};

/** The members that a receiver may set (Shared Signals Framework 1.0 §8.1.1). */
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
    subjectFormat: asked.sub_id_format ?? "opaque",
    subjectIssuer: asked.sub_id_issuer ?? "openid",
    bearerPolling: asked.bearer_polling ?? false,
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
    subjectFormat: asked.sub_id_format ?? stream.subjectFormat,
    subjectIssuer: asked.sub_id_issuer ?? stream.subjectIssuer,
    bearerPolling: asked.bearer_polling ?? stream.bearerPolling,
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

export const pollUrlOf = (publicUrl: string, { id }: Pick<Stream, "id">): string =>
  `${publicUrl}/ssf/poll/${id}`;

/** The stream as shown to its receiver. The authorization header is not shown again. */
export function streamDocument(publicUrl: string, stream: Stream): object {
  return {
    stream_id: stream.id,
    iss: publicUrl,
    aud: audienceOf(stream.partyId),
    delivery:
      stream.method === "push"
        ? { method: deliveryMethods.push, endpoint_url: stream.endpoint }
        : { method: deliveryMethods.poll, endpoint_url: pollUrlOf(publicUrl, stream) },
    events_supported: supported,
    events_requested: stream.eventsRequested,
    events_delivered: deliveredOn(stream),
    min_verification_interval: verificationIntervalSeconds,
    signing_alg: stream.alg,
    sub_id_format: stream.subjectFormat,
    sub_id_issuer: stream.subjectIssuer,
    bearer_polling: stream.bearerPolling,
    ...(stream.description === undefined ? {} : { description: stream.description }),
  };
}
