import type { FastifyInstance } from "fastify";
import type { SharedSignalsDeps } from "./deps.ts";
import { deliveryMethods } from "./stream-document.ts";

/** `GET /.well-known/ssf-configuration` (Shared Signals Framework 1.0 §7) and the keys that events are signed with. */
export function ssfConfigurationRoutes(
  server: FastifyInstance,
  { publicUrl, eventKeys }: SharedSignalsDeps,
): void {
  server.get("/.well-known/ssf-configuration", async (_request, reply) =>
    reply.header("cache-control", "public, max-age=300").send({
      spec_version: "1_0",
      issuer: publicUrl,
      jwks_uri: `${publicUrl}/jwks.json`,
      delivery_methods_supported: Object.values(deliveryMethods),
      configuration_endpoint: `${publicUrl}/ssf/streams`,
      status_endpoint: `${publicUrl}/ssf/status`,
      add_subject_endpoint: `${publicUrl}/ssf/subjects:add`,
      remove_subject_endpoint: `${publicUrl}/ssf/subjects:remove`,
      verification_endpoint: `${publicUrl}/ssf/verify`,
      authorization_schemes: [{ spec_urn: "urn:ietf:rfc:6749" }, { spec_urn: "urn:ietf:rfc:9449" }],
      // Within what the persons have consented to.
      default_subjects: "ALL",
    }),
  );
  server.get("/jwks.json", async (_request, reply) =>
    reply.header("cache-control", "public, max-age=300").send({ keys: eventKeys }),
  );
}
