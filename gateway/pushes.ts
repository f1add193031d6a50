/**
 * Pushes that the gateway itself sends to phones. Not awaited: a phone that no push reaches finds it in its inbox.
 * `workers/gateway-pushes.ts` builds them from `activities/notification/phones.ts`.
 */
export interface LoginPushes {
  /** A login is waiting: to the person's phones at the requesting party. */
  pushLogin: (of: { personId: string; partyId: string; loginId: string }) => Promise<void>;
}

export interface ConsentPushes {
  /** The person's consents have changed: to their phones at one party. */
  pushConsents: (of: { personId: string; partyId: string }) => Promise<void>;
}
