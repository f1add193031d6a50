import type { Account } from "../demo/bank.ts";
import { eventually } from "./eventually.ts";
import type { Person } from "./person.ts";
import type { Enrolment } from "./phone.ts";

/** ABC Bank connects itself to the CA at its first account. */
const connectMs = 60_000;

/** At ABC Bank the app passes the consent on and an account is opened. At any other party that is the party's own task. */
export async function openAccount(
  { world, cast }: Person,
  { party, subject }: Enrolment,
  consentId: string,
): Promise<Account | undefined> {
  if (party !== "abc-bank") return undefined;
  const order = { subject: pseudonymIn(subject), customer: `sandbox-${cast.slug}`, consentId };
  return eventually(() => world.bank.openAccount(order), connectMs);
}

/** The person's pseudonym at the party: in the subject of every profile it is the serialNumber. */
export const pseudonymIn = (subject: string): string => /serialNumber=([^,]+)/.exec(subject)?.[1] ?? "";
