import { isOver } from "../../protocol/term.ts";
import type { Consent } from "../../registry/consent/consents.ts";

/**
 * Whether a consent is in force: neither it nor its term has ended. Its row may still say `in-force` just after the term, until
 * its workflow ends it.
 */
export const isInForce = (consent: Pick<Consent, "state" | "validUntil">, now: Date): boolean =>
  consent.state === "in-force" && !isOver(consent.validUntil, now);

/** The state of a consent at a given time: it is expired after its term, even if its row is not updated yet. */
export const stateAt = (consent: Pick<Consent, "state" | "validUntil">, now: Date): Consent["state"] =>
  consent.state === "in-force" && !isInForce(consent, now) ? "expired" : consent.state;
