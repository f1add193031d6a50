import type { FastifyInstance } from "fastify";
import { type Document, openApiPage } from "../openapi/page.ts";
import { sendHtml } from "../security-headers.ts";

/** `GET /openapi.json`, and `GET /openapi` to be read: both of what `useOpenApi` makes of the server's routes. */
export function openApiRoute(server: FastifyInstance): void {
  const document = (): Document => server.swagger() as unknown as Document;
  server.get("/openapi.json", async (_request, reply) =>
    reply.header("cache-control", "public, max-age=300").send(document()),
  );
  server.get("/openapi", async (_request, reply) => sendHtml(reply, openApiPage(document())));
}
