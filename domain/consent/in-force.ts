import { isOver } from "../../protocol/term.ts";
import type { Consent } from "../../registry/consent/consents.ts";

/**
 * Whether a consent is in force: neither it nor its term has ended. Its row may still say `in-force` just after the term, until
 * its workflow ends it.
 */
export const isInForce = (consent: Pick<Consent, "state" | "validUntil">, now: Date): boolean =>
  consent.state === "in-force" && !isOver(consent.validUntil, now);
