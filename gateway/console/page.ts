import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FastifyInstance, FastifyReply } from "fastify";
import { Refusal } from "../problems.ts";
import type { ConsoleDeps } from "./console.ts";

/** Nothing from elsewhere, nothing inline, no frame around it. */
export const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/** The built page at `/console/`, and its files beside it. */
export function pageRoutes(server: FastifyInstance, { pageFolder }: ConsoleDeps): void {
  const guard = (reply: FastifyReply) =>
    reply
      .header("content-security-policy", policy)
      .header("referrer-policy", "no-referrer")
      .header("x-frame-options", "DENY");
  server.get("/console", (_request, reply) => reply.redirect("/console/", 308));
  server.get("/console/", async (_request, reply) =>
    guard(reply)
      .type("text/html; charset=utf-8")
      .send(await fileOf(pageFolder, "console/index.html")),
  );
  server.get("/assets/:name", async (request, reply) => {
    const { name } = request.params as { name: string };
    const [, kind] = /^[\w-]+\.(js|css)$/.exec(name) ?? [];
    if (kind === undefined) throw missing();
    return guard(reply)
      .header("cache-control", "public, max-age=31536000, immutable")
      .type(kind === "js" ? "text/javascript; charset=utf-8" : "text/css; charset=utf-8")
      .send(await fileOf(pageFolder, `assets/${name}`));
  });
}

async function fileOf(folder: string | undefined, path: string): Promise<Buffer> {
  if (folder === undefined) throw missing();
  try {
    return await readFile(join(folder, path));
  } catch {
    throw missing();
  }
}

const missing = () =>
  new Refusal({ code: "NOT_FOUND", detail: "The page is not built, or has no such file." });
