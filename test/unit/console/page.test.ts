import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import Fastify, { type FastifyInstance } from "fastify";
import type { ConsoleDeps } from "../../../gateway/console/console.ts";
import { pageRoutes } from "../../../gateway/console/page.ts";
import { onError, sendProblem } from "../../../gateway/problems.ts";
import { useSecurityHeaders } from "../../../gateway/security-headers.ts";

let folder: string;
let server: FastifyInstance;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kazasu-page-"));
  await mkdir(join(folder, "console/assets"), { recursive: true });
  await writeFile(join(folder, "console/index.html"), "<!doctype html><title>console</title>");
  await writeFile(join(folder, "console/assets/index-abc.js"), "export {};");
  await writeFile(join(folder, "secret.js"), "secret");
  server = Fastify();
  server.setErrorHandler(onError);
  server.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, "NOT_FOUND", "Nothing is there."),
  );
  await useSecurityHeaders(server, "https://ca.example");
  pageRoutes(server, { pageFolder: join(folder, "console") } as ConsoleDeps);
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

test("ok/the page has nothing inline, loads nothing from elsewhere, and cannot be framed", async () => {
  const page = await server.inject({ url: "/console/" });
  expect(page.headers).toMatchObject({
    "content-type": "text/html; charset=utf-8",
    "content-encoding": "gzip",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000",
  });
  const policy = String(page.headers["content-security-policy"]);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain("unsafe");
  const script = await server.inject({ url: "/console/assets/index-abc.js" });
  expect(script.statusCode).toBe(200);
  expect(script.headers["cache-control"]).toContain("immutable");
  expect((await server.inject({ url: "/console" })).headers.location).toBe("/console/");
});

test.each([
  "/console/assets/nothing.js",
  "/console/assets/..%2f..%2fsecret.js",
  "/console/assets/%2e%2e/%2e%2e/secret.js",
  "/console/secret.js",
])("fail/%s is not found", async (url) => {
  const answer = await server.inject({ url });
  expect(answer.statusCode).toBe(404);
  expect(answer.json()).toMatchObject({ code: "NOT_FOUND" });
  expect(answer.body).not.toContain("secret;");
});
