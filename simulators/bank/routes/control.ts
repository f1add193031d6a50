import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { HttpRefusal } from "../../http.ts";
import { AuthorityRefusal } from "../../party/authority.ts";
import type { Bank } from "../bank.ts";
import { findConnection } from "../connection.ts";
import { faultsSchema } from "../faults.ts";

const policySchema = z.strictObject({ reviewNames: z.boolean() });

/** Control interface for the demonstration and tests, which a real bank does not have. */
export function controlRoutes(server: FastifyInstance, bank: Bank): void {
  const { pool, faults, policy } = bank;

  server.get("/control/connection", async () => {
    const connection = await findConnection(pool);
    return connection ? { connected: true, ...connection } : { connected: false };
  });
  server.post("/control/connect", async () => {
    try {
      return { connected: true, ...(await bank.connect()) };
    } catch (error) {
      const why =
        error instanceof AuthorityRefusal ? error.message : "The CA could not be reached or understood.";
      throw new HttpRefusal(
        502,
        "NOT_CONNECTED",
        why,
        "Check that the gateway runs and that the CA has the keys of GET /jwks.json, then connect again.",
      );
    }
  });

  server.post("/control/policy", (request) => Object.assign(policy, policySchema.parse(request.body)));

  server.get("/control/faults", () => faults.current());
  server.post("/control/faults", (request) => {
    faults.set(faultsSchema.parse(request.body));
    return faults.current();
  });
  server.delete("/control/faults", async (_request, reply) => {
    faults.clear();
    return reply.code(204).send();
  });
}
