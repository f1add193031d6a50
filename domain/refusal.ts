import type * as z from "zod";
import type { RefusalCode, Refused } from "../protocol/refusals.ts";

/** A refusal; thrown by rules, and turned into a problem document by the gateway, in one place. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly triesLeft: number | undefined;
  /** When the same may be asked again, where that is known. */
  readonly retryAfterSeconds: number | undefined;

  constructor({
    code,
    detail,
    triesLeft,
    retryAfterSeconds,
  }: Omit<Refused, "ok"> & { triesLeft?: number; retryAfterSeconds?: number }) {
    super(detail);
    this.code = code;
    this.triesLeft = triesLeft;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The card's issuer was asked too often for one enrolment or person. */
export const tooManyCardQuestions = (retryAfterSeconds: number): Refusal =>
  new Refusal({
    code: "TOO_MANY_REQUESTS",
    detail: "The card's status was asked for as often as one enrolment, or one person, may within an hour.",
    retryAfterSeconds,
  });

/** The one refusal of whoever does not show to be an active enrolment's phone. */
export const untrusted = (): Refusal =>
  new Refusal({
    code: "MESSAGE_UNTRUSTED",
    detail: "The message is not signed by the device key of an active enrolment with a good certificate.",
  });

/** What came has another shape: says where, never what was there. */
export const malformed = (what: string, error: z.ZodError): Refusal => {
  const where = error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join(".") || "the whole"}: ${issue.code}`);
  return new Refusal({ code: "MALFORMED_REQUEST", detail: `${what} (${where.join("; ")}).` });
};
