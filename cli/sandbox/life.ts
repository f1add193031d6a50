import { listConsents } from "../../client/app/consent-list.ts";
import { readInbox } from "../../client/app/inbox.ts";
import { eventually } from "./eventually.ts";
import { ifItLives } from "./living.ts";
import type { Person } from "./person.ts";
import { type LifeEvent, nextOf } from "./persons.ts";

/** An act at the town hall. */
export interface TownHallAct {
  act: string;
  details: Record<string, unknown>;
}

/** From the daily run to the question on the phone. */
const questionMs = 20_000;

/**
 * Plays events, or the person's own story where there are none: each at the town hall, where the card's certificate is
 * renewed with it; then the CA reads the lists. Where the person will be asked, waits for each question: so that two
 * moves are two, as they would be in life.
 */
export async function changeLife(
  person: Person,
  events: readonly TownHallAct[],
): Promise<{ played: TownHallAct[] }> {
  const played: TownHallAct[] = [];
  const toPlay = events.length > 0 ? events.map((event) => async () => event) : ownStory(person);
  for (const next of toPlay) {
    const { act, details } = await next();
    const before = await seenBefore(person);
    await person.card.atTownHall(act, details);
    await person.card.atTownHall("renew");
    await person.world.publishRevocations();
    played.push({ act, details });
    if (before) await eventually(() => newQuestion(person, before), questionMs);
  }
  return { played };
}

const ownStory = (person: Person) =>
  person.cast.life.map((event) => async (): Promise<TownHallAct> => {
    const { name, address } = await person.resident();
    return { act: event.act, details: nextValue(event, { name, address }) };
  });

function nextValue(event: LifeEvent, today: { name: string; address: string }): Record<string, unknown> {
  return event.act === "move"
    ? nextOf(event.to, ({ address }) => address === today.address)
    : nextOf(event.to, ({ name }) => name === today.name);
}

/** The ids of all questions there have been; undefined where the person is asked nothing: nobody is to be told. */
async function seenBefore(person: Person): Promise<Set<string> | undefined> {
  const { gateway } = person.world;
  const enrolments = await person.phone.enrolments();
  const asked = enrolments.map((each) => ifItLives(listConsents(gateway, each)));
  const consents = (await Promise.all(asked)).flatMap((each) => each ?? []);
  const inForce = new Set(consents.filter(({ state }) => state === "in-force").map(({ kind }) => kind));
  return inForce.has("disclosure") && inForce.has("register-refresh") ? idsOf(person) : undefined;
}

async function newQuestion(person: Person, before: Set<string>): Promise<true | undefined> {
  return [...(await idsOf(person))].some((id) => !before.has(id)) || undefined;
}

async function idsOf({ world, phone }: Person): Promise<Set<string>> {
  const asked = (await phone.enrolments()).map((each) => ifItLives(readInbox(world.gateway, each)));
  const inboxes = (await Promise.all(asked)).flatMap((each) => each ?? []);
  return new Set(
    inboxes.flatMap(({ open, settled }) => [...open, ...settled].map(({ notificationId }) => notificationId)),
  );
}
