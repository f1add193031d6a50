import * as z from "zod";
import { displayText } from "./display-text.ts";
import { digest } from "./encoding.ts";
import { labels } from "./labels.ts";
import { bilingual, registeredName } from "./names.ts";

/** The `type` of the authorization detail (RFC 9396) with which a party requests a signature. */
export const transactionType = "urn:kazasu:transaction:1";

/** What a person reads before signing: a title, and lines of label and value. Rendered by the phone; never HTML. */
export const shownTransaction = z.strictObject({
  title: displayText(80),
  lines: z
    .array(z.strictObject({ label: displayText(40), value: displayText(200) }))
    .min(1)
    .max(20),
});
export type ShownTransaction = z.infer<typeof shownTransaction>;

const asked = {
  shown: shownTransaction,
  /** A document kept by the party, by its digest: for example a contract of many pages. */
  document: z.strictObject({ name: displayText(80), sha256: digest }).optional(),
};

/** The authorization detail itself. */
export const transactionDetail = z.strictObject({ type: z.literal(transactionType), ...asked });
export type TransactionDetail = z.infer<typeof transactionDetail>;

/** The longest text that is signed, UTF-16 code units. */
export const longestTransaction = 16_384;

/** The signed content: the JSON text of this, byte for byte as the phone received it. */
export const transactionContent = z.strictObject({
  type: z.literal(labels.transaction),
  transactionId: z.uuid(),
  party: z.strictObject({ id: registeredName, name: bilingual }),
  ...asked,
  /** When the party made the request. */
  requestedAt: z.iso.datetime(),
});
export type TransactionContent = z.infer<typeof transactionContent>;

/** The answer of `GET /v1/transactions/<id>`. */
export const transactionState = z.strictObject({
  transactionId: z.uuid(),
  state: z.enum(["open", "signed", "declined", "expired"]),
  /** The signer's pairwise pseudonym. */
  sub: z.string().optional(),
  signedAt: z.iso.datetime().optional(),
  /** The time of the authority's time-stamp; absent without one. */
  timeStampedAt: z.iso.datetime().optional(),
  /** CMS SignedData (CAdES-B-B, with a time-stamp CAdES-B-T), DER, base64url. */
  signature: z.string().optional(),
});
export type TransactionState = z.infer<typeof transactionState>;
