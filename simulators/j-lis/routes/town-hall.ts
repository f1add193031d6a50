import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Jlis } from "../jlis.ts";
import { subjectAttributes } from "../register.ts";
import {
  cardName,
  currentCard,
  move,
  newPins,
  newResident,
  type Resident,
  rename,
  renew,
  revoke,
} from "../town-hall.ts";

const parameters = z.strictObject({ card: cardName });

/** A resident as the town hall shows them: nothing here is real, so the PINs are shown too. */
function view(resident: Resident) {
  const { card, register, cards, certificates } = resident;
  const { memory, validUntil } = currentCard(resident);
  return {
    card,
    register,
    certificateAttributes: subjectAttributes(register),
    signPin: memory.signPin.value,
    authPin: memory.authPin.value,
    cards: cards.length,
    cardValidUntil: validUntil,
    certificates,
  };
}

/** The counter at the town hall. Acts answer with the resident as they are afterwards. */
export function townHallRoutes(server: FastifyInstance, { townHall }: Jlis): void {
  const residents = "/town-hall/residents";
  server.post(residents, async (request, reply) => {
    const resident = await townHall.register(newResident.parse(request.body));
    return reply.code(201).send(view(resident));
  });
  server.get(`${residents}/:card`, (request) =>
    view(townHall.resident(parameters.parse(request.params).card)),
  );

  const act = <T>(name: string, schema: z.ZodType<T>, run: (card: string, order: T) => Promise<Resident>) => {
    server.post(`${residents}/:card/${name}`, async (request) => {
      const { card } = parameters.parse(request.params);
      return view(await run(card, schema.parse(request.body ?? {})));
    });
  };
  const nothing = z.strictObject({});
  act("move", move, (card, order) => townHall.move(card, order));
  act("rename", rename, (card, order) => townHall.rename(card, order));
  act("renew", renew, (card, order) => townHall.renew(card, order));
  act("new-card", newPins, (card, order) => townHall.newCard(card, order));
  act("lose", nothing, (card) => townHall.lose(card));
  act("hold", nothing, (card) => townHall.hold(card));
  act("revoke", revoke, (card, order) => townHall.revoke(card, order));
  act("unlock", newPins, (card, order) => townHall.unlock(card, order));
  act("die", nothing, (card) => townHall.die(card));
}
