import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Jlis } from "../jlis.ts";
import { apduSchema } from "../reader.ts";

const parameters = z.strictObject({ card: z.string().max(80) });

/** The card reader, through which a simulated phone reaches a card. */
export function readerRoutes(server: FastifyInstance, { reader }: Jlis): void {
  server.get("/reader", () => ({ cards: reader.names() }));
  server.get("/reader/:card", (request) => reader.summary(parameters.parse(request.params).card));
  server.post("/reader/:card/reset", async (request, reply) => {
    reader.reset(parameters.parse(request.params).card);
    return reply.code(204).send();
  });
  server.post("/reader/:card/apdu", async (request) => {
    const { card } = parameters.parse(request.params);
    const { apdu } = apduSchema.parse(request.body);
    const response = await reader.transmit(card, new Uint8Array(Buffer.from(apdu, "hex")));
    return { response: Buffer.from(response).toString("hex") };
  });
}
