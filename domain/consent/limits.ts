import type { ConsentChange } from "../../protocol/consent.ts";
import { grantsByParty, nthRevisionByPhone, revisionsByParty } from "../../registry/consent/changes.ts";
import type { Connection } from "../../registry/database.ts";
import type { Enrolment } from "../../registry/issuance/enrolments.ts";
import { Refusal } from "../refusal.ts";

/** The most consents that a person may give through one party's apps, in force or within a day, so that no party fills another's list. */
const mostGrants = 64;
/** The most renewals and amendments within a day: each is shown and pushed at every party that it concerns. */
const mostRevisions = 64;
/** The most renewals and amendments of one link within a day: each sends a push to the other party's phones. */
const mostRevisionsOfLink = 16;
const withinMs = 86_400_000;

/**
 * Requires that a person may give, renew or amend one more consent through a party's apps. A withdrawal is never refused.
 * @throws Refusal CONSENTS_TOO_MANY, and TOO_MANY_REQUESTS for one link.
 */
export async function requireWithinLimits(
  connection: Connection,
  {
    act,
    kind,
    consentId,
    enrolment,
    now,
  }: Pick<ConsentChange, "act" | "kind" | "consentId"> & { enrolment: Enrolment; now: Date },
): Promise<void> {
  if (act === "withdraw") return;
  const since = new Date(now.getTime() - withinMs);
  if (act === "grant") {
    if ((await grantsByParty(connection, enrolment, since)) >= mostGrants)
      throw tooMany(`By one party's apps a person gives ${mostGrants} consents, in force or within a day.`);
  } else if ((await revisionsByParty(connection, enrolment, since)) >= mostRevisions)
    throw tooMany(`By one party's apps a person renews and amends ${mostRevisions} times within a day.`);
  else if (kind === "link" && consentId !== undefined) await requireFewRevisions(connection, consentId, now);
}

async function requireFewRevisions(connection: Connection, consentId: string, now: Date): Promise<void> {
  const since = new Date(now.getTime() - withinMs);
  const oldest = await nthRevisionByPhone(connection, { consentId, since, nth: mostRevisionsOfLink });
  if (oldest)
    throw new Refusal({
      code: "TOO_MANY_REQUESTS",
      detail: `Phones renew or amend a link ${mostRevisionsOfLink} times within a day.`,
      retryAfterSeconds: Math.ceil((oldest.getTime() + withinMs - now.getTime()) / 1_000),
    });
}

const tooMany = (detail: string): Refusal => new Refusal({ code: "CONSENTS_TOO_MANY", detail });
