import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform } from "fastify-type-provider-zod";

/**
 * Has a server make its interface as OpenAPI 3.1 of its routes, from the very schemas that requests are read with: register it
 * before them. What is not described is not in it.
 * @param publicUrl address of the gateway, without a slash at its end
 */
export async function useOpenApi(server: FastifyInstance, issuer: string, publicUrl: string): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "kazasu gateway",
        version: "1",
        description:
          `One-tap enrolment with the My Number Card, consents, changes passed on by consent, login and signed transactions. ` +
          `Issuer: ${issuer}.`,
      },
      servers: [{ url: publicUrl }],
      components: {
        securitySchemes: {
          party: {
            type: "openIdConnect",
            openIdConnectUrl: `${publicUrl}/openid/.well-known/openid-configuration`,
            description:
              "A token of the party's server (client credentials), bound to its key (DPoP, RFC 9449)",
          },
        },
      },
    },
    convertConstToEnum: false,
    transform: (route) =>
      route.schema?.summary === undefined
        ? { schema: { hide: true }, url: route.url }
        : jsonSchemaTransform(route),
  });
}
