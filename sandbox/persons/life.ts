import { listConsents } from "../../client/app/consent-list.ts";
import { readInbox } from "../../client/app/inbox.ts";
import { eventually } from "./eventually.ts";
import { ifItLives } from "./living.ts";
import type { Person } from "./person.ts";
import { type LifeEvent, nextOf } from "./persons.ts";
import type { Enrolment } from "./phone.ts";
import type { World } from "./world.ts";

/** An act at the town hall. */
export interface TownHallAct {
  act: string;
  details: Record<string, unknown>;
}

/** Time limit from the daily run to the question on the phone. */
const questionMs = 60_000;

/**
 * Plays events, or the person's own story if there are none: each at the town hall, where the card's certificate is renewed
 * too; then the CA reads the lists. If the person will be asked, waits for each party's question, so that two moves are two
 * questions, as in reality.
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
    if (before.size > 0) await eventually(() => allAsked(person, before), questionMs);
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

/**
 * The earlier questions at each enrolment that will be asked: its person has consented to register refresh and to the party's
 * notification.
 */
async function seenBefore({ world, phone }: Person): Promise<Map<Enrolment, Set<string>>> {
  const seen = await Promise.all(
    (await phone.enrolments()).map(async (enrolment) => {
      const consents = (await ifItLives(listConsents(world.gateway, enrolment))) ?? [];
      const inForce = new Set(consents.filter(({ state }) => state === "in-force").map(({ kind }) => kind));
      const isAsked = inForce.has("disclosure") && inForce.has("register-refresh");
      return isAsked ? [[enrolment, await idsAt(world, enrolment)] as const] : [];
    }),
  );
  return new Map(seen.flat());
}

async function allAsked(
  { world }: Person,
  before: ReadonlyMap<Enrolment, ReadonlySet<string>>,
): Promise<true | undefined> {
  const isNew = await Promise.all(
    [...before].map(async ([enrolment, seen]) =>
      [...(await idsAt(world, enrolment))].some((id) => !seen.has(id)),
    ),
  );
  return isNew.every(Boolean) || undefined;
}

async function idsAt({ gateway }: World, enrolment: Enrolment): Promise<Set<string>> {
  const { open = [], settled = [] } = (await ifItLives(readInbox(gateway, enrolment))) ?? {};
  return new Set([...open, ...settled].map(({ notificationId }) => notificationId));
}
