import * as z from "zod";

/** Identifiers given out by the CA: lower case, digits and hyphens, so that they are safe in URLs, ids and logs. */
export const registeredName = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/);

/** An enrolment id: a UUID made by the CA with the challenge. */
export const enrolmentId = z.uuid();

export const language = z.enum(["ja", "en"]);
export type Language = z.infer<typeof language>;

/** A text in both languages of this engine. */
export const bilingual = z.strictObject({ ja: z.string().min(1).max(200), en: z.string().min(1).max(200) });

/** `enrol` adds an enrolment; `replace` succeeds the person's earlier one at this party (a new phone). */
export const intent = z.enum(["enrol", "replace"]);
export type Intent = z.infer<typeof intent>;

/** The four attributes of the register (基本4情報), as JPKI names them. */
export const attributeName = z.enum(["name", "address", "dateOfBirth", "sex"]);
export type AttributeName = z.infer<typeof attributeName>;
