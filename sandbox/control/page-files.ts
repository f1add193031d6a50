import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { FastifyInstance } from "fastify";

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
};
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The folder of the built pages, relative to the compiled code and to the sources. */
const folder = ["../../pages/", "../../dist/pages/"]
  .map((path) => fileURLToPath(new URL(path, import.meta.url)))
  .find((path) => existsSync(join(path, "assets")));

/** `/pages/<page>/`: the pages as built, read once and stored compressed. No other file is read. */
export async function pageRoutes(server: FastifyInstance): Promise<void> {
  if (folder === undefined) return;
  const compress = promisify(gzip);
  for (const path of await readdir(folder, { recursive: true })) {
    const type = types[extname(path)];
    // The console belongs to the gateway.
    if (type === undefined || path.startsWith("console/")) continue;
    const body = await compress(await readFile(join(folder, path)));
    const isPage = path.endsWith("/index.html");
    const url = `/pages/${isPage ? path.slice(0, -"index.html".length) : path}`;
    server.get(url, async (_request, reply) =>
      reply
        .headers({
          "content-type": type,
          "content-encoding": "gzip",
          "content-security-policy": policy,
          "x-content-type-options": "nosniff",
          // Names of assets contain a digest of their content.
          "cache-control": isPage ? "no-store" : "public, max-age=31536000, immutable",
        })
        .send(body),
    );
  }
}
