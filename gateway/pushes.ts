/**
 * What the gateway pushes to phones by itself. Nobody waits for it: a phone that no push reaches finds it in its inbox.
 * `workers/gateway-pushes.ts` makes them of `activities/notification/phones.ts`.
 */
export interface LoginPushes {
  /** A login waits: to the person's phones at the party that asks. */
  pushLogin: (of: { personId: string; partyId: string; loginId: string }) => Promise<void>;
}

export interface ConsentPushes {
  /** There is something to see of the person's consents: to their phones at one party. */
  pushConsents: (of: { personId: string; partyId: string }) => Promise<void>;
}
