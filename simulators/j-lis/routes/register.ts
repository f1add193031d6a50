import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { HttpRefusal } from "../../http.ts";
import type { Jlis } from "../jlis.ts";
import { attributesRequest } from "../latest-attributes.ts";

const parameters = z.strictObject({ id: z.string().max(64) });
const cmsType = "application/pkcs7-mime";

/** Consents, and the latest attributes that they allow. */
export function registerRoutes(
  server: FastifyInstance,
  { consents, latestAttributes, quota, faults }: Jlis,
): void {
  server.addContentTypeParser(cmsType, { parseAs: "buffer" }, (_request, body, done) => {
    done(null, body);
  });

  server.post("/consents", async (request, reply) => {
    await faults.meet("consents", reply);
    return reply.code(201).send(await consents.register(cmsOf(request.body)));
  });
  server.get("/consents/:id", async (request, reply) => {
    await faults.meet("consents", reply);
    return consents.find(parameters.parse(request.params).id);
  });
  server.post("/consents/:id/withdraw", async (request, reply) => {
    await faults.meet("consents", reply);
    return consents.withdraw(parameters.parse(request.params).id, cmsOf(request.body));
  });

  server.post("/attributes", async (request, reply) => {
    quota.spend();
    await faults.meet("attributes", reply);
    return latestAttributes.answer(attributesRequest.parse(request.body));
  });
}

function cmsOf(body: unknown): Uint8Array {
  if (Buffer.isBuffer(body)) return body;
  throw new HttpRefusal(
    415,
    "NOT_A_CMS",
    `A signed consent is sent as ${cmsType}.`,
    "Send its DER under that type.",
  );
}
