import type { FastifyInstance } from "fastify";
import { openApi } from "../openapi/document.ts";
import { type Document, openApiPage } from "../openapi/page.ts";
import { sendHtml } from "../security-headers.ts";

export interface OpenApiDeps {
  issuer: string;
  publicUrl: string;
}

/** `GET /openapi.json`, and `GET /openapi` to be read. */
export function openApiRoute(server: FastifyInstance, { issuer, publicUrl }: OpenApiDeps): void {
  const document = openApi(issuer, publicUrl);
  server.get("/openapi.json", async (_request, reply) =>
    reply.header("cache-control", "public, max-age=300").send(document),
  );
  server.get("/openapi", async (_request, reply) => sendHtml(reply, openApiPage(document as Document)));
}
