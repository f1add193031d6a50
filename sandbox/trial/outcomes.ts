import { z } from "zod";
import { CardError } from "../../client/app/card/card-error.ts";
import { GatewayRefusal } from "../../client/app/gateway.ts";
import { openLogin } from "../../client/app/login.ts";
import type { LoginAnswered } from "../../protocol/login.ts";
import type { Party } from "../../registry/party/parties.ts";
import { enrolled } from "../persons/enrolled.ts";
import { changeLife } from "../persons/life.ts";
import { answerOpened, shownOf } from "../persons/login.ts";
import type { Person } from "../persons/person.ts";
import { type Mishap } from "../persons/persons.ts";
import { playMishap } from "../persons/prepare.ts";

/**
 * How a login ends. `moved`: the person moves first, and confirms the change for the party. `locked` and `died`: the card's PIN is
 * locked, or the person has died, before they try; neither can be undone by another outcome.
 */
export const outcome = z.enum(["approved", "declined", "locked", "moved", "died"]);
export type Outcome = z.infer<typeof outcome>;

/** What came of a login on the phone. */
export interface Played {
  person: string;
  party: string;
  /** Whether the person had to enrol at the party first. */
  hasEnrolled: boolean;
  /** What the phone showed, if the login could be opened. */
  shown?: object;
  answered?: LoginAnswered;
  /** Why the person could not log in, by the card or by the CA. */
  refused?: GatewayRefusal | CardError;
}

const mishaps: Partial<Record<Outcome, Mishap>> = { locked: { act: "lock-pin" }, died: { act: "die" } };

/**
 * Plays a login on a person's phone to its outcome, as the person would: enrols first if necessary, opens the link, and answers.
 * @param link the login page's link for this device, or the content of its code
 * @param number with a code: the number on the login page
 */
export async function playLogin(
  person: Person,
  party: Party,
  { link, outcome: ends, number }: { link: string; outcome: Outcome; number?: number | undefined },
): Promise<Played> {
  const mishap = mishaps[ends];
  if (mishap) {
    await playMishap(person, mishap);
    await person.world.publishRevocations();
  }
  const played: Played = { person: person.cast.slug, party: party.id, hasEnrolled: false };
  try {
    if ((await person.phone.enrolments(party.id)).length === 0) {
      await enrol(person, party);
      played.hasEnrolled = true;
    }
    if (ends === "moved") await move(person, party.id);
    const { gateway } = person.world;
    const enrolment = await person.enrolmentAt(party.id);
    const opened = await openLogin(gateway, enrolment, { link });
    played.shown = shownOf(opened);
    const decision = ends === "declined" ? "decline" : "confirm";
    played.answered = await answerOpened(gateway, enrolment, opened, decision, {
      ...person.handsWith({}),
      number,
    });
  } catch (error) {
    if (!(error instanceof CardError || error instanceof GatewayRefusal)) throw error;
    played.refused = error;
  }
  return played;
}

const enrol = (person: Person, { id, apps }: Party): Promise<object> =>
  enrolled(person, {
    party: id,
    app: apps[0]?.id ?? `${id}-app`,
    intent: "enrol",
    agree: person.cast.agrees,
    language: "ja",
  });

/** The person moves and confirms the change for this party. */
async function move(person: Person, party: string): Promise<void> {
  await changeLife(person, []);
  for (const question of await person.questions(party))
    if (question.waiting.kind === "change") await question.answer("confirm", person.hands);
}
