import * as z from "zod";
import { p256Point } from "./encoding.ts";
import { labels } from "./labels.ts";
import { cursor, pageAsked } from "./list-page.ts";
import { attributeName } from "./names.ts";
import { phoneMessageClaims } from "./phone-message.ts";

/** Requests the reads of the person's attributes by this enrolment's party. */
export const attributeReadsRequest = z.strictObject({
  type: z.literal(labels.attributeReads),
  ...phoneMessageClaims,
  /** One-use key to which the answer is sealed. */
  ecdhKey: p256Point,
  page: pageAsked.optional(),
});

/** The plain text of the sealed answer: newest first, without values. */
export const attributeReadList = z.strictObject({
  reads: z
    .array(
      z.strictObject({
        consentId: z.uuid(),
        anchorVersion: z.number().int(),
        /** The disclosed attributes. */
        attributes: z.array(attributeName).max(4),
        /** The requested attributes; only if the request has `page`, and absent if they were not stored. */
        asked: z.array(attributeName).max(4).optional(),
        /** `attributes`: fetched by the party's server; `userinfo`: with a login. */
        way: z.enum(["attributes", "userinfo"]),
        at: z.iso.datetime(),
      }),
    )
    .max(128),
  /** The start of the next page; only if the request has `page`. */
  next: cursor.optional(),
});
export type AttributeReadList = z.infer<typeof attributeReadList>;
