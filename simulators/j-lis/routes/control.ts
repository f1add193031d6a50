import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { pinRules } from "../../my-number-card/memory.ts";
import { cardEnd } from "../certification.ts";
import { faultsSchema } from "../faults.ts";
import type { Jlis } from "../jlis.ts";
import { mint, variants } from "../mint.ts";
import { cardName } from "../orders.ts";
import { personaOf } from "../personas.ts";
import { paidKinds } from "../store.ts";

const newCard = z.strictObject({
  card: cardName,
  variant: z.enum(variants),
  signPin: z.string().regex(pinRules.sign.pattern).optional(),
  authPin: z.string().regex(pinRules.auth.pattern).optional(),
});
/** Requests to `/attributes` per second; `null` for no limit. */
const quotaOrder = z.strictObject({ attributesPerSecond: z.number().positive().max(1_000_000).nullable() });
/** Delay until a new certificate is known to `/attributes`. */
const syncOrder = z.strictObject({ delaySeconds: z.number().min(0).max(31_536_000) });
const newGeneration = z.strictObject({ kind: z.enum(["sign", "auth"]).default("sign") });

/** Control interface for tests, which J-LIS does not have. */
export function controlRoutes(server: FastifyInstance, jlis: Jlis): void {
  const { store, certification, townHall, crls, faults, latestAttributes, quota, clock } = jlis;

  server.get("/control/faults", () => faults.current());
  server.post("/control/faults", (request) => {
    faults.set(faultsSchema.parse(request.body));
    return faults.current();
  });
  server.delete("/control/faults", async (_request, reply) => {
    faults.clear();
    return reply.code(204).send();
  });

  server.get("/control/billing", () => ({ ...store.common.billing, paid: paidKinds }));

  server.post("/control/quota", (request) => {
    quota.set(quotaOrder.parse(request.body).attributesPerSecond);
    return { attributesPerSecond: quota.perSecond };
  });

  server.post("/control/sync", (request) => {
    const { delaySeconds } = syncOrder.parse(request.body);
    latestAttributes.delaySeconds = delaySeconds;
    return { delaySeconds };
  });

  server.post("/control/crl", async () => {
    await crls.publish(clock());
    return crls.list(clock());
  });

  server.post("/control/generations", async (request, reply) => {
    const { kind } = newGeneration.parse(request.body ?? {});
    const { keyId } = await certification.roll(kind, clock());
    await store.saveCommon();
    return reply.code(201).send({ kind, keyId });
  });

  server.post("/control/cards", async (request, reply) => {
    const { card, variant, signPin, authPin } = newCard.parse(request.body);
    townHall.refuseTaken(card);
    const now = clock();
    const minted = await mint({ variant, certification, now, holder: card, signPin, authPin });
    townHall.refuseTaken(card); // the name may have been taken while the keys were generated
    const validUntil = cardEnd({ ...personaOf(card), alive: true }, now).toISOString();
    const { memory, certificates } = minted;
    const holder = { card, cards: [{ memory, validUntil }], certificates };
    store.add(holder);
    await store.saveHolder(holder);
    return reply.code(201).send({
      card,
      variant,
      signPin: memory.signPin.value,
      authPin: memory.authPin.value,
      signCertificate: memory.sign.certificate,
    });
  });
}
