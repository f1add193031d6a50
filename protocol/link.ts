import * as z from "zod";
import { displayText } from "./display-text.ts";
import { bilingual, registeredName } from "./names.ts";

/** What a person agrees to when two parties are linked: who gives what to whom, and what for. */
export const linkTerms = z.strictObject({
  from: registeredName,
  to: registeredName,
  /** A set of data that the giving party names and describes to the person. */
  dataset: displayText(80),
  purpose: displayText(120),
});
export type LinkTerms = z.infer<typeof linkTerms>;

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
