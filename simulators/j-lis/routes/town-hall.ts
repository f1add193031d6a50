import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { consentView } from "../consent.ts";
import type { Jlis } from "../jlis.ts";
import { cardName, move, moveAbroad, newPins, newResident, rename, renew, revoke } from "../orders.ts";
import { subjectAttributes } from "../register.ts";
import { currentCard, type Resident } from "../town-hall.ts";

const parameters = z.strictObject({ card: cardName });

/** A resident as shown by the town hall: everything is fictitious, so the PINs are included. */
function view(resident: Resident, now: Date) {
  const { card, register, cards, certificates, consents } = resident;
  const { memory, validUntil } = currentCard(resident);
  return {
    card,
    register,
    certificateAttributes: subjectAttributes(register),
    signPin: memory.signPin.value,
    authPin: memory.authPin.value,
    ...(memory.surface
      ? { assistPin: memory.surface.assistPin.value, cardNumber: memory.surface.number.value }
      : {}),
    cards: cards.length,
    cardValidUntil: validUntil,
    certificates,
    consents: (consents ?? []).map((consent) => consentView(consent, now)),
  };
}

/** The counter at the town hall. Acts return the resident's new state. */
export function townHallRoutes(server: FastifyInstance, { townHall, clock }: Jlis): void {
  const residents = "/town-hall/residents";
  server.post(residents, async (request, reply) => {
    const resident = await townHall.register(newResident.parse(request.body));
    return reply.code(201).send(view(resident, clock()));
  });
  server.get(`${residents}/:card`, (request) =>
    view(townHall.resident(parameters.parse(request.params).card), clock()),
  );

  const act = <T>(name: string, schema: z.ZodType<T>, run: (card: string, order: T) => Promise<Resident>) => {
    server.post(`${residents}/:card/${name}`, async (request) => {
      const { card } = parameters.parse(request.params);
      return view(await run(card, schema.parse(request.body ?? {})), clock());
    });
  };
  const nothing = z.strictObject({});
  act("move", move, (card, order) => townHall.move(card, order));
  act("move-abroad", moveAbroad, (card, order) => townHall.moveAbroad(card, order));
  act("withdraw-consent", nothing, (card) => townHall.withdrawConsent(card));
  act("rename", rename, (card, order) => townHall.rename(card, order));
  act("renew", renew, (card, order) => townHall.renew(card, order));
  act("new-card", newPins, (card, order) => townHall.newCard(card, order));
  act("lose", nothing, (card) => townHall.lose(card));
  act("hold", nothing, (card) => townHall.hold(card));
  act("revoke", revoke, (card, order) => townHall.revoke(card, order));
  act("unlock", newPins, (card, order) => townHall.unlock(card, order));
  act("die", nothing, (card) => townHall.die(card));
}
