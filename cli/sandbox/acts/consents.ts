import { z } from "zod";
import { changeConsent, withdrawalOf } from "../../../client/app/consent-change.ts";
import { listConsents } from "../../../client/app/consent-list.ts";
import type { ConsentSummary } from "../../../protocol/consent.ts";
import { registeredName } from "../../../protocol/names.ts";
import { act } from "../act.ts";
import { SandboxRefusal } from "../refusal.ts";

const order = z.strictObject({
  party: registeredName.default("abc-bank"),
  /** The id of a consent the person withdraws. */
  withdraw: z.uuid().optional(),
});

/** What the person agreed to and may withdraw, with the device key. */
export const consents = act("consents", order, async (person, { party, withdraw }) => {
  const { gateway } = person.world;
  const enrolment = await person.enrolmentAt(party);
  const listed = await listConsents(gateway, enrolment);
  if (withdraw === undefined) return { consents: listed.map(shown) };
  const consent = listed.find(({ consentId }) => consentId === withdraw);
  if (!consent) throw new SandboxRefusal("NO_SUCH_CONSENT");
  await changeConsent(gateway, enrolment, withdrawalOf(consent));
  person.changed();
  return { consents: (await listConsents(gateway, enrolment)).map(shown) };
});

/** Without the receipt, a token of a kilobyte that nobody reads by eye. */
const shown = ({ receipt: _receipt, ...consent }: ConsentSummary): object => consent;
