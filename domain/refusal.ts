import type * as z from "zod";
import type { RefusalCode, Refused } from "../protocol/refusals.ts";

/** A refusal, thrown by rules; the gateway turns it into a problem document in one place. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly triesLeft: number | undefined;
  /** When the request may be repeated, if known. */
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

/** Too many status requests to the card's issuer for one enrolment or person. */
export const tooManyCardQuestions = (retryAfterSeconds: number): Refusal =>
  new Refusal({
    code: "TOO_MANY_REQUESTS",
    detail: "The hourly limit of card status requests for one enrolment or person is reached.",
    retryAfterSeconds,
  });

/** The single refusal for a sender that is not proven to be the phone of an active enrolment. */
export const untrusted = (): Refusal =>
  new Refusal({
    code: "MESSAGE_UNTRUSTED",
    detail: "The message is not signed by the device key of an active enrolment with a good certificate.",
  });

/** The input has another shape: the error names the place, never the value. */
export const malformed = (what: string, error: z.ZodError): Refusal => {
  const where = error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join(".") || "the whole"}: ${issue.code}`);
  return new Refusal({ code: "MALFORMED_REQUEST", detail: `${what} (${where.join("; ")}).` });
};
