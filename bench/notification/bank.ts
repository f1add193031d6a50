import Fastify from "fastify";
import { decodeJwt } from "jose";
import { attributesChanged, eventTypes } from "../../protocol/events.ts";
import { Mailbox } from "./mailbox.ts";

/** A receiver of Security Event Tokens over HTTP (RFC 8935) that accepts everything at once. */
export interface Bank {
  /** Its push URL. */
  endpoint: string;
  /** Waits until it has the event of a change under this consent; returns the version. */
  delivered(consentId: string): Promise<number>;
  close(): Promise<void>;
}

export async function startBank(): Promise<Bank> {
  const events = new Mailbox<number>();
  const server = Fastify();
  server.addContentTypeParser("application/secevent+jwt", { parseAs: "string" }, (_request, body, done) =>
    done(null, body),
  );
  server.post("/events", (request, reply) => {
    const claims = decodeJwt<{ events: Record<string, unknown> }>(request.body as string);
    const change = attributesChanged.parse(claims.events[eventTypes.attributesChanged]);
    events.put(change.consent_id, change.anchor_version);
    return reply.code(202).send();
  });
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  return {
    endpoint: `${url}/events`,
    delivered: (consentId) => events.next(consentId),
    close: () => server.close(),
  };
}
