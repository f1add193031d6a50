import * as z from "zod";
import { displayText } from "./display-text.ts";
import { labels } from "./labels.ts";
import { bilingual, registeredName } from "./names.ts";
import { phoneMessageClaims } from "./phone-message.ts";

/** What a person agrees to when two parties are linked: who gives what to whom, and what for. */
export const linkTerms = z.strictObject({
  from: registeredName,
  to: registeredName,
  /** A set of data that the giving party names and describes to the person. */
  dataset: displayText(80),
  purpose: displayText(120),
});
export type LinkTerms = z.infer<typeof linkTerms>;

/**
 * A request for a link, signed by a device key. `ask`: the app of the receiving party, for the person to answer in the giving
 * one's. `close`: the giving side declines, the receiving side takes back.
 */
export const linkRequest = z.strictObject({
  type: z.literal(labels.linkRequest),
  ...phoneMessageClaims,
  act: z.enum(["ask", "close"]),
  /** With `ask`. */
  link: linkTerms.optional(),
  /** With `close`: the id that this side has for the request. */
  requestId: z.uuid().optional(),
});
export type LinkRequest = z.infer<typeof linkRequest>;

/** What becomes of a request for a link. */
export const linkRequestState = z.enum(["open", "granted", "declined", "taken-back", "expired"]);

/** The answer to it: the same whether the person is a customer of the giving party or not. */
export const linkRequested = z.strictObject({ requestId: z.uuid(), state: linkRequestState });
export type LinkRequested = z.infer<typeof linkRequested>;

/** How long a request waits for the person, milliseconds. */
export const linkRequestMs = 30 * 86_400_000;

/** A link as one of its parties sees it (`GET /v1/links`). The other party sees other names of link and person. */
export const partyLink = z.strictObject({
  linkId: z.uuid(),
  /** The person's pairwise pseudonym at the party that asks. */
  sub: z.string(),
  /** The person's name in this link alone, for the party that asks: it comes in the tokens it is shown. */
  linkSubject: z.string(),
  role: z.enum(["gives", "receives"]),
  counterpart: z.strictObject({ id: registeredName, name: bilingual }),
  dataset: z.string(),
  purpose: z.string(),
  state: z.enum(["in-force", "withdrawn", "expired"]),
  validUntil: z.iso.datetime(),
});
export type PartyLink = z.infer<typeof partyLink>;

export const partyLinks = z.strictObject({ links: z.array(partyLink).max(500) });

/** A short token by which the receiving party asks the giving one (`POST /v1/links/<linkId>/tokens`). */
export const linkToken = z.strictObject({ token: z.string(), expiresIn: z.number().int() });
export type LinkToken = z.infer<typeof linkToken>;

/** How long a link token lives, seconds: the longest that a withdrawal can take to be felt by who asks nobody. */
export const linkTokenSeconds = 60;

/** JWS `typ` of a link token. */
export const linkTokenType = "kazasu-link+jwt";

/** The claims of a link token beside `iss`, `aud`, `exp`, `iat` and `jti`. */
export const linkTokenClaims = z.looseObject({
  /** The person's name in this link for the giving party. */
  sub: z.string(),
  /** The receiving party, and its client. */
  party: registeredName,
  client_id: z.string(),
  dataset: z.string(),
  purpose: z.string(),
  /** The receiving party's key (RFC 9449 §6.1). */
  cnf: z.object({ jkt: z.string() }),
});
