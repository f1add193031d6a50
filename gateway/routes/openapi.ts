import type { FastifyInstance } from "fastify";
import type { GatewayDeps } from "../gateway.ts";
import { openApi } from "../openapi/document.ts";
import { type Document, openApiPage } from "../openapi/page.ts";

/** `GET /openapi.json`, and `GET /openapi` to be read. */
export function openApiRoute(server: FastifyInstance, { settings }: GatewayDeps): void {
  const document = openApi(settings.issuer, settings.publicUrl);
  server.get("/openapi.json", async (_request, reply) =>
    reply.header("cache-control", "public, max-age=300").send(document),
  );
  server.get("/openapi", async (_request, reply) => {
    const { html, policy } = openApiPage(document as Document);
    return reply.header("content-security-policy", policy).type("text/html; charset=utf-8").send(html);
  });
}
