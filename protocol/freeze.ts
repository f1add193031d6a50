import * as z from "zod";
import { labels } from "./labels.ts";
import { phoneMessageClaims } from "./phone-message.ts";

/**
 * How long a person may report that a new phone is not theirs, milliseconds. Until then the new phone cannot stop another one.
 */
export const newPhoneNoticeMs = 72 * 3_600_000;

/**
 * "This was not me": permanently stops the enrolment of a new-phone notice. The only act that a replaced phone may still do
 * (docs/decisions/0025-a-new-phone-can-be-stopped.md).
 */
export const freeze = z.strictObject({
  type: z.literal(labels.freeze),
  ...phoneMessageClaims,
  noticeId: z.uuid(),
  /**
   * Also stops every phone of the person that is newer than the one in question, whether or not this phone was notified of it.
   */
  newer: z.literal(true).optional(),
});

/** The answer: neither the enrolment or party, nor a time that two parties could compare. */
export const frozen = z.strictObject({ noticeId: z.uuid(), stopped: z.literal(true) });
export type Frozen = z.infer<typeof frozen>;
