import { listConsents } from "../../client/app/consent-list.ts";
import type { ConsentSummary } from "../../protocol/consent.ts";
import { openAccount } from "./abc-bank.ts";
import { eventually } from "./eventually.ts";
import type { Person } from "./person.ts";
import type { Enrolment, TapOrder } from "./phone.ts";

/** The time limit for consents to come into force, and for J-LIS to accept its own. */
const consentMs = 60_000;

/**
 * Taps, and waits for the results: the consents are in force, and ABC Bank, which is a simulator, has opened an account. Throws
 * what the tap throws.
 */
export async function enrolled(person: Person, order: TapOrder): Promise<object> {
  const enrolment = await person.phone.tap(order);
  const consents = await inForce(person, enrolment, order.agree);
  const disclosure = consents.find(({ kind, state }) => kind === "disclosure" && state === "in-force");
  const account = disclosure && (await openAccount(person, enrolment, disclosure.consentId));
  await person.answerByItself();
  const { enrolmentId, party, app, subject } = enrolment;
  return {
    enrolmentId,
    party,
    app,
    subject,
    consents: consents.map(({ consentId, kind, state, attributes }) => ({
      consentId,
      kind,
      state,
      attributes,
    })),
    ...(account === undefined ? {} : { account }),
  };
}

/** The person's consents, once those agreed to are in force; the current ones after the time limit. */
async function inForce(
  { world }: Person,
  enrolment: Enrolment,
  agree: TapOrder["agree"],
): Promise<ConsentSummary[]> {
  let seen: ConsentSummary[] = [];
  await eventually(async () => {
    seen = await listConsents(world.gateway, enrolment);
    const held = ({ kind, register, state }: ConsentSummary) =>
      state === "in-force" && (kind === "disclosure" || register === "held");
    const wanted = agree.filter((purpose) => purpose !== "terms");
    return wanted.every((purpose) => seen.some((each) => each.kind === purpose && held(each))) || undefined;
  }, consentMs);
  return seen;
}
