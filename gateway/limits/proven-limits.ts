import { Refusal } from "../../domain/refusal.ts";
import { KeyedLimit } from "./keyed-limit.ts";

/**
 * Limits on who has shown who they are: counted after the proof, so that nobody uses up another's. Each throws Refusal
 * TOO_MANY_REQUESTS with the time to wait.
 */
export interface ProvenLimits {
  /** A phone's messages, each kind by itself: reading the inbox in a loop leaves "this was not me" free. */
  enrolment(enrolmentId: string, kind: string): void;
  party(partyId: string): void;
  /** A tap for the CA's own page, by its id, which only its browser and its phone have. */
  visit(visitId: string): void;
  /** A party's client that has signed an assertion. @returns in how many seconds it may ask again, where it has to wait */
  client(clientId: string): number | undefined;
  /** An operator's session. */
  session(token: string): void;
  /** A party has its own stream verified. */
  verification(partyId: string): void;
}

export interface ProvenLimitOptions {
  /** Requests a minute. */
  perEnrolment: number;
  perParty: number;
  clock: () => Date;
}

/** Each verification is an event that the engine sends. */
const verificationsPerMinute = 30;

export function createProvenLimits({ perEnrolment, perParty, clock }: ProvenLimitOptions): ProvenLimits {
  const limit = (perMinute: number, of: string) => {
    const counts = new KeyedLimit({ perMinute, clock });
    return (key: string): void => {
      const retryAfterSeconds = counts.count(key);
      if (retryAfterSeconds !== undefined)
        throw new Refusal({
          code: "TOO_MANY_REQUESTS",
          detail: `There were more than ${perMinute} requests a minute of this ${of}.`,
          retryAfterSeconds,
        });
    };
  };
  const clients = new KeyedLimit({ perMinute: perParty, clock });
  const message = limit(perEnrolment, "phone");
  return {
    enrolment: (enrolmentId, kind) => message(`${enrolmentId} ${kind}`),
    party: limit(perParty, "party"),
    visit: limit(perEnrolment, "tap"),
    client: (clientId) => clients.count(clientId),
    session: limit(perEnrolment, "session"),
    verification: limit(verificationsPerMinute, "party"),
  };
}
