import { z } from "zod";
import { type Bearer, forecasts, pinRules, tokens } from "../my-number-card/memory.ts";
import { toCertificateDate } from "./date-of-birth.ts";
import { type RevocationReason, revocationReasons } from "./revocation.ts";

/** Names of cards, as in URLs. */
export const cardName = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N}_-]{0,63}$/u);

/** The longest name or address in a certificate. */
export const mostCharacters = 200;

const text = z
  .string()
  .min(1)
  .refine(
    (value) => Array.from(value).length <= mostCharacters,
    `At most ${mostCharacters} characters fit into a certificate.`,
  );
const placeName = z.string().min(1).max(64);
const dateOfBirth = z.union([z.iso.date().transform(toCertificateDate), z.string().regex(/^[0-5]\d{8}$/)]);
const signPin = z
  .string()
  .transform((pin) => pin.toUpperCase())
  .pipe(z.string().regex(pinRules.sign.pattern));
const authPin = z.string().regex(pinRules.auth.pattern);
const assistPin = z.string().regex(pinRules.assist.pattern);
const pins = { signPin: signPin.optional(), authPin: authPin.optional(), assistPin: assistPin.optional() };
/** What holds the certificates: a card or a phone. */
const bearer = z.enum(Object.keys(tokens) as [Bearer, ...Bearer[]]).optional();
/** Members that may accompany a name. */
const besideName = { formerName: text.optional(), furigana: text.optional() };

/** Orders at the counter of the town hall: the bodies of its endpoints. */
export const newResident = z.strictObject({
  card: cardName,
  name: text.optional(),
  ...besideName,
  address: text.optional(),
  prefecture: placeName.optional(),
  city: placeName.optional(),
  /** `1998-12-31`, or `419981231` as in certificates, with zeros for unknown parts. */
  dateOfBirth: dateOfBirth.optional(),
  sex: z.enum(["male", "female", "unknown"]).optional(),
  bearer,
  forecast: z.enum(forecasts).optional(),
  ...pins,
});
export const move = z.strictObject({
  address: text,
  prefecture: placeName.optional(),
  city: placeName.optional(),
});
export const moveAbroad = z.strictObject({ plannedDate: z.iso.date() });
export const rename = z.strictObject({ name: text, ...besideName });
export const renew = z.strictObject({ signPin: signPin.optional() });
export const newPins = z.strictObject(pins);
export const revoke = z.strictObject({
  reason: z.enum(Object.keys(revocationReasons) as [RevocationReason, ...RevocationReason[]]),
});

export type NewResident = z.infer<typeof newResident>;
export type Move = z.infer<typeof move>;
export type MoveAbroad = z.infer<typeof moveAbroad>;
export type Rename = z.infer<typeof rename>;
export type Renew = z.infer<typeof renew>;
export type NewPins = z.infer<typeof newPins>;
export type Revoke = z.infer<typeof revoke>;
