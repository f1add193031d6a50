import { pseudonymIn } from "./abc-bank.ts";
import type { Person } from "./person.ts";
import { pin } from "./phone.ts";

/** A person as returned by `GET /people`. Persons are fictitious, so only the phone's keys are hidden. */
export interface ShownPerson {
  person: string;
  /** As currently in the register. */
  name: string;
  address: string;
  pin: string;
  expect: { en: string; ja: string };
  auto: { on: boolean; decision: string };
  enrolments: { party: string; app: string; enrolmentId: string; pseudonym: string }[];
}

export async function showPerson(person: Person): Promise<ShownPerson> {
  const { name, address } = person.prepared ? await person.resident() : person.cast.register;
  const { slug, expect } = person.cast;
  return {
    person: slug,
    name,
    address,
    pin,
    expect,
    auto: person.auto,
    enrolments: person.phone.kept.map(({ party, app, enrolmentId, subject }) => ({
      party,
      app,
      enrolmentId,
      pseudonym: pseudonymIn(subject),
    })),
  };
}
