import * as z from "zod";
import { p256Point } from "./encoding.ts";
import { labels } from "./labels.ts";
import { cursor, pageAsked } from "./list-page.ts";
import { attributeName } from "./names.ts";
import { phoneMessageClaims } from "./phone-message.ts";

/** Asks what this enrolment's party has read of the person. */
export const attributeReadsRequest = z.strictObject({
  type: z.literal(labels.attributeReads),
  ...phoneMessageClaims,
  /** One-use key the answer is sealed to. */
  ecdhKey: p256Point,
  page: pageAsked.optional(),
});

/** The plain text of the sealed answer: newest first. No value is in it. */
export const attributeReadList = z.strictObject({
  reads: z
    .array(
      z.strictObject({
        consentId: z.uuid(),
        anchorVersion: z.number().int(),
        /** What it was given. */
        attributes: z.array(attributeName).max(4),
        /** What it asked for; only for who has asked for a `page`, and absent where it was not kept. */
        asked: z.array(attributeName).max(4).optional(),
        /** `attributes`: the party's server fetched them; `userinfo`: with a login. */
        way: z.enum(["attributes", "userinfo"]),
        at: z.iso.datetime(),
      }),
    )
    .max(128),
  /** Where the next page begins; only for who has asked for a `page`. */
  next: cursor.optional(),
});
export type AttributeReadList = z.infer<typeof attributeReadList>;
