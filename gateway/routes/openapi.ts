import type { FastifyInstance } from "fastify";
import { openApi } from "../openapi/document.ts";
import { type Document, openApiPage } from "../openapi/page.ts";

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
  server.get("/openapi", async (_request, reply) => {
    const { html, policy } = openApiPage(document as Document);
    return reply.header("content-security-policy", policy).type("text/html; charset=utf-8").send(html);
  });
}
