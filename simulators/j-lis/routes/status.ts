import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { HttpRefusal } from "../../http.ts";
import { pem } from "../authority.ts";
import type { Jlis } from "../jlis.ts";

const caParameters = z.strictObject({ kind: z.enum(["sign", "auth"]) });
const partParameters = z.strictObject({ part: z.string().max(64) });

/** An OCSP request by GET is its DER in base64 (RFC 6960 A.1); longer ones use POST. */
const longestGet = 4_096;

/** For verifiers: CA certificates, CRLs, OCSP. */
export function statusRoutes(
  server: FastifyInstance,
  { store, crls, ocsp, faults, certification, clock }: Jlis,
): void {
  server.addContentTypeParser("application/ocsp-request", { parseAs: "buffer" }, (_request, body, done) => {
    done(null, body);
  });

  server.get("/ca/:kind.pem", async (request, reply) => {
    const { kind } = caParameters.parse(request.params);
    const generations = certification.of(kind).map(({ certificate }) => pem(certificate));
    return reply.type("application/x-pem-file").send(generations.join(""));
  });

  server.get("/crl", () => crls.list(clock()));

  server.get("/crl/:part", async (request, reply) => {
    const fault = await faults.meet("crl", reply);
    const der = await crls.part(partParameters.parse(request.params).part, clock(), fault?.stale);
    if (der) return reply.type("application/pkix-crl").send(der);
    throw new HttpRefusal(
      404,
      "NO_SUCH_PART",
      "There is no CRL part of this name.",
      "GET /crl lists the parts.",
    );
  });

  const answer = async (request: Uint8Array, reply: FastifyReply): Promise<Buffer> => {
    store.bill("ocsp");
    await faults.meet("ocsp", reply);
    return ocsp.answer(request, clock());
  };

  server.post("/ocsp", async (request, reply) => {
    if (!Buffer.isBuffer(request.body)) {
      throw new HttpRefusal(
        415,
        "NOT_AN_OCSP_REQUEST",
        "An OCSP request is sent as application/ocsp-request.",
        "Send its DER under that type.",
      );
    }
    return reply.type("application/ocsp-response").send(await answer(request.body, reply));
  });

  server.get("/ocsp/*", async (request, reply) => {
    const { "*": encoded } = z.strictObject({ "*": z.string().max(longestGet) }).parse(request.params);
    return reply.type("application/ocsp-response").send(await answer(Buffer.from(encoded, "base64"), reply));
  });
}
