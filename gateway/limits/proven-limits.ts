import { Refusal } from "../../domain/refusal.ts";
import { KeyedLimit } from "./keyed-limit.ts";

/**
 * Rate limits on authenticated callers: counted after authentication, so that nobody can use up another's limit. Each throws
 * Refusal TOO_MANY_REQUESTS with the time to wait.
 */
export interface ProvenLimits {
  /** A phone's messages, counted by kind: polling the inbox does not block "this was not me". */
  enrolment(enrolmentId: string, kind: string): void;
  party(partyId: string): void;
  /** A tap for the person page, by its id, which only its browser and its phone know. */
  visit(visitId: string): void;
  /** A party's client that has signed an assertion. @returns the seconds to wait, if it has to */
  client(clientId: string): number | undefined;
  /** An operator's session. */
  session(token: string): void;
  /** A party requests a verification event for its stream. */
  verification(partyId: string): void;
  /** A party changes its keys, or replays events. */
  partyChange(partyId: string): void;
}

export interface ProvenLimitOptions {
  /** Requests per minute. */
  perEnrolment: number;
  perParty: number;
  clock: () => Date;
}

/** Each verification makes the engine send an event. */
const verificationsPerMinute = 30;
/** How far apart a party's requests for verification never meet the limit. */
export const verificationIntervalSeconds = 60 / verificationsPerMinute;
/** Each change of keys has an audit line, and each replay makes the engine send up to a hundred events. */
const changesPerMinute = 30;

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
    partyChange: limit(changesPerMinute, "party"),
  };
}
