import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform } from "fastify-type-provider-zod";
import { completed, type OpenApiDocument } from "./complete.ts";

/**
 * Generates the OpenAPI 3.1 document from the server's routes and their schemas: call it before the routes are registered.
 * Routes without a description are omitted.
 * @param publicUrl URL of the gateway, without a trailing slash
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
          stream: {
            type: "http",
            scheme: "bearer",
            description: "A bearer token of one stream, if the stream has opted in to them",
          },
        },
      },
    },
    convertConstToEnum: false,
    transform: (route) =>
      route.schema?.summary === undefined
        ? { schema: { hide: true }, url: route.url }
        : jsonSchemaTransform(route),
    transformObject: (found) =>
      "openapiObject" in found ? completed(found.openapiObject as OpenApiDocument) : found.swaggerObject,
  });
}
