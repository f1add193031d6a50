import * as z from "zod";
import { displayText } from "./display-text.ts";
import { labels } from "./labels.ts";
import { bilingual, registeredName } from "./names.ts";
import { phoneMessageClaims } from "./phone-message.ts";

/**
 * What a person agrees to when two parties are linked: who gives what to whom, and what for. Asked for and granted in the
 * words of a {@link linkDataset} of the giving party, in Japanese or English; shown in the Japanese ones.
 */
export const linkTerms = z.strictObject({
  from: registeredName,
  to: registeredName,
  dataset: displayText(80),
  purpose: displayText(120),
});
export type LinkTerms = z.infer<typeof linkTerms>;

/** A set of data that a party may give to others, and what for, as the operator has registered it. */
export const linkDataset = z.strictObject({
  dataset: z.strictObject({ ja: displayText(80), en: displayText(80) }),
  purpose: z.strictObject({ ja: displayText(120), en: displayText(120) }),
});
export type LinkDataset = z.infer<typeof linkDataset>;

/** What a party may give, at most so many: which of them an app names is all that it can pass to another party's app. */
export const mostDatasets = 16;

/** What a party may give (`GET /v1/parties/<id>/datasets`). */
export const linkDatasets = z.strictObject({ datasets: z.array(linkDataset) });
export type LinkDatasets = z.infer<typeof linkDatasets>;

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

/** How long a request waits for the person at least, milliseconds: to the end of that day, in Japanese time. */
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
