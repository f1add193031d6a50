import * as z from "zod";
import { labels } from "./labels.ts";
import { phoneMessageClaims } from "./phone-message.ts";

/**
 * How long a person may say of a new phone that it is not theirs, milliseconds. The new one stops no other before.
 */
export const newPhoneNoticeMs = 72 * 3_600_000;

/**
 * "This was not me": has the enrolment that a notice of a new phone is about stopped, for good. The one act that is left
 * to a phone that was replaced (docs/decisions/0025-a-new-phone-can-be-stopped.md).
 */
export const freeze = z.strictObject({
  type: z.literal(labels.freeze),
  ...phoneMessageClaims,
  noticeId: z.uuid(),
  /** Stops every phone of the person that is newer than the one in question as well, whether this phone was notified of it or not. */
  newer: z.literal(true).optional(),
});

/** The answer: nothing of which enrolment or party it was, and no moment that two parties could compare. */
export const frozen = z.strictObject({ noticeId: z.uuid(), stopped: z.literal(true) });
export type Frozen = z.infer<typeof frozen>;
