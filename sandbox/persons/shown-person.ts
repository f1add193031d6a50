import { pseudonymIn } from "./abc-bank.ts";
import type { Person } from "./person.ts";
import { pin } from "./phone.ts";

/** A person as `GET /people` shows them. Nobody is real, so nothing is hidden but the phone's keys. */
export interface ShownPerson {
  person: string;
  /** Of the register, today. */
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
