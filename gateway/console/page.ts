import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { FastifyInstance, FastifyReply } from "fastify";
import { Refusal } from "../../domain/refusal.ts";
import { allow, only } from "../security-headers.ts";
import type { ConsoleDeps } from "./console.ts";

/** Only its own files, nothing inline. */
const directives = only({
  "script-src": ["'self'"],
  "style-src": ["'self'"],
  "connect-src": ["'self'"],
  "require-trusted-types-for": ["'script'"],
});

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
};

/** The page at `/console/` and its files, as built: read once and stored compressed; no other file is read. */
export function pageRoutes(server: FastifyInstance, { pageFolder }: ConsoleDeps): void {
  let built: Promise<ReadonlyMap<string, Buffer>> | undefined;
  const send = async (reply: FastifyReply, path: string) => {
    built ??= compressed(pageFolder);
    const body = (await built).get(path);
    if (body === undefined)
      throw new Refusal({ code: "NOT_FOUND", detail: "The console has no such page, or is not built." });
    allow(reply, directives);
    return reply
      .headers({
        "content-type": types[extname(path)],
        "content-encoding": "gzip",
        // Names of assets contain a digest of their content.
        "cache-control": path === "index.html" ? "no-store" : "public, max-age=31536000, immutable",
      })
      .send(body);
  };
  server.get("/console", (_request, reply) => reply.redirect("/console/", 308));
  server.get("/console/", (_request, reply) => send(reply, "index.html"));
  server.get<{ Params: { name: string } }>("/console/assets/:name", (request, reply) =>
    send(reply, `assets/${request.params.name}`),
  );
}

async function compressed(folder: string | undefined): Promise<ReadonlyMap<string, Buffer>> {
  const compress = promisify(gzip);
  const files = new Map<string, Buffer>();
  if (folder === undefined) return files;
  const paths = await readdir(folder, { recursive: true }).catch(() => []);
  for (const path of paths.filter((each) => types[extname(each)] !== undefined))
    files.set(path, await compress(await readFile(join(folder, path))));
  return files;
}
