import * as z from "zod";
import { displayText } from "./display-text.ts";
import { digest } from "./encoding.ts";
import { labels } from "./labels.ts";
import { bilingual, registeredName } from "./names.ts";

/** The `type` of the authorization detail (RFC 9396) by which a party asks for a signature. */
export const transactionType = "urn:kazasu:transaction:1";

/** What a person reads before they sign: a title, and lines of label and value. Rendered by the phone; never HTML. */
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
  /** A document the party keeps, by its digest: a contract of many pages. */
  document: z.strictObject({ name: displayText(80), sha256: digest }).optional(),
};

/** The authorization detail itself. */
export const transactionDetail = z.strictObject({ type: z.literal(transactionType), ...asked });
export type TransactionDetail = z.infer<typeof transactionDetail>;

/** The longest text that is signed, UTF-16 code units. */
export const longestTransaction = 16_384;

/** What is signed: the JSON text of this, byte for byte as the phone was given it. */
export const transactionContent = z.strictObject({
  type: z.literal(labels.transaction),
  transactionId: z.uuid(),
  party: z.strictObject({ id: registeredName, name: bilingual }),
  ...asked,
  /** When the party asked. */
  requestedAt: z.iso.datetime(),
});
export type TransactionContent = z.infer<typeof transactionContent>;

/** What `GET /v1/transactions/<id>` answers. */
export const transactionState = z.strictObject({
  transactionId: z.uuid(),
  state: z.enum(["open", "signed", "declined", "expired"]),
  /** The pairwise pseudonym of who signed. */
  sub: z.string().optional(),
  signedAt: z.iso.datetime().optional(),
  /** When the time-stamp authority saw the signature; absent where none is set. */
  timeStampedAt: z.iso.datetime().optional(),
  /** CMS SignedData (CAdES-B-B, with a time-stamp CAdES-B-T), DER, base64url. */
  signature: z.string().optional(),
});
export type TransactionState = z.infer<typeof transactionState>;
