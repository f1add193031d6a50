import * as z from "zod";
import { displayText } from "./display-text.ts";
import { labels } from "./labels.ts";
import { bilingual, registeredName } from "./names.ts";
import { phoneMessageClaims } from "./phone-message.ts";

/**
 * What a person agrees to when two parties are linked: the giving and the receiving party, the data, and the purpose. Requested
 * and granted in the words of a {@link linkDataset} of the giving party, in Japanese or English; shown in Japanese.
 */
export const linkTerms = z.strictObject({
  from: registeredName,
  to: registeredName,
  dataset: displayText(80),
  purpose: displayText(120),
});
export type LinkTerms = z.infer<typeof linkTerms>;

/** A dataset that a party may give to others, and its purpose, as registered by the operator. */
export const linkDataset = z.strictObject({
  dataset: z.strictObject({ ja: displayText(80), en: displayText(80) }),
  purpose: z.strictObject({ ja: displayText(120), en: displayText(120) }),
});
export type LinkDataset = z.infer<typeof linkDataset>;

/** The maximum number of a party's datasets: an app can pass to another party's app only the choice of one of them. */
export const mostDatasets = 16;

/** A party's datasets (`GET /v1/parties/<id>/datasets`). */
export const linkDatasets = z.strictObject({ datasets: z.array(linkDataset) });
export type LinkDatasets = z.infer<typeof linkDatasets>;

/**
 * A request for a link, signed by a device key. `ask`: from the receiving party's app, for the person to answer in the giving
 * party's. `close`: the giving party declines, or the receiving party withdraws.
 */
export const linkRequest = z.strictObject({
  type: z.literal(labels.linkRequest),
  ...phoneMessageClaims,
  act: z.enum(["ask", "close"]),
  /** Only with `ask`. */
  link: linkTerms.optional(),
  /** Only with `close`: this party's id of the request. */
  requestId: z.uuid().optional(),
});
export type LinkRequest = z.infer<typeof linkRequest>;

/** The states of a link request. */
export const linkRequestState = z.enum(["open", "granted", "declined", "taken-back", "expired"]);

/** The answer: the same whether or not the person is a customer of the giving party. */
export const linkRequested = z.strictObject({ requestId: z.uuid(), state: linkRequestState });
export type LinkRequested = z.infer<typeof linkRequested>;

/** The minimum time that a request waits for the person, milliseconds: until the end of that day, in Japanese time. */
export const linkRequestMs = 30 * 86_400_000;

/** A link as shown to one of its parties (`GET /v1/links`). The other party has other identifiers of link and person. */
export const partyLink = z.strictObject({
  linkId: z.uuid(),
  /** The person's pairwise pseudonym at the requesting party. */
  sub: z.string(),
  /** The person's identifier in this link only, for the requesting party: the subject of the tokens it receives. */
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

/** A short-lived token with which the receiving party requests data from the giving one (`POST /v1/links/<linkId>/tokens`). */
export const linkToken = z.strictObject({ token: z.string(), expiresIn: z.number().int() });
export type LinkToken = z.infer<typeof linkToken>;

/** Lifetime of a link token, seconds: the maximum delay of a withdrawal for a party that verifies offline. */
export const linkTokenSeconds = 60;

/** JWS `typ` of a link token. */
export const linkTokenType = "kazasu-link+jwt";

/** The claims of a link token, in addition to `iss`, `aud`, `exp`, `iat` and `jti`. */
export const linkTokenClaims = z.looseObject({
  /** The person's identifier in this link for the giving party. */
  sub: z.string(),
  /** The receiving party, and its client. */
  party: registeredName,
  client_id: z.string(),
  dataset: z.string(),
  purpose: z.string(),
  /** The receiving party's key (RFC 9449 §6.1). */
  cnf: z.object({ jkt: z.string() }),
});
