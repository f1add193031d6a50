import type { FastifyInstance } from "fastify";
import { HttpRefusal } from "../../http.ts";
import type { Jlis } from "../jlis.ts";
import { certificateId } from "../latest-attributes.ts";
import { associatedAuth, type CertificateId, predecessors, successor } from "../linkage.ts";
import { refusal } from "../refusals.ts";

/** Linkage: of old and new sign certificates (新旧紐付け), and of sign and auth (証明書紐付け). Each call is billed. */
export function linkageRoutes(server: FastifyInstance, { store, faults, clock }: Jlis): void {
  const link = <T>(
    path: string,
    find: (id: CertificateId) => T | undefined,
    answer: (found: T) => object,
  ) => {
    server.post(path, async (request, reply) => {
      const id = certificateId.parse(request.body);
      store.bill("linkage");
      await faults.meet("linkage", reply);
      const found = find(id);
      if (found !== undefined) return answer(found);
      throw new HttpRefusal(
        404,
        "UNKNOWN_CERTIFICATE",
        "No sign certificate of this issuer and serial was issued here.",
        "Check the key identifier and the serial number.",
      );
    });
  };
  link(
    "/linkage",
    (id) => predecessors(store, id),
    (found) => ({ predecessors: found }),
  );
  link(
    "/linkage/successor",
    (id) => successor(store, id),
    (found) => (found === "none" ? {} : { successor: found }),
  );
  link(
    "/linkage/auth",
    (id) => associatedAuth(store, id, clock()),
    (found) => {
      if (found === "none") throw refusal("ASSOCIATED_CERTIFICATE_NOT_EXISTS");
      return { certificate: found };
    },
  );
}
