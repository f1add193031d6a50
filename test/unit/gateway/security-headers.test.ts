import { expect, test } from "@jest/globals";
import Fastify, { type FastifyInstance } from "fastify";
import { only, sendHtml, useSecurityHeaders } from "../../../gateway/security-headers.ts";

async function serverAt(url: string): Promise<FastifyInstance> {
  const server = Fastify() as unknown as FastifyInstance;
  await useSecurityHeaders(server, url);
  server.get("/json", () => ({}));
  server.get("/page", (_request, reply) =>
    sendHtml(reply, { html: "<p>", directives: only({ "style-src": ["'nonce-abc'"] }) }),
  );
  server.get("/library", { helmet: false }, () => ({}));
  return server;
}

const denied = "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'";

test("ok/an answer that is not a page, and an error, has a policy that allows nothing", async () => {
  const server = await serverAt("https://ca.example");
  for (const url of ["/json", "/nothing"]) {
    const { headers } = await server.inject(url);
    expect(headers).toMatchObject({
      "content-security-policy": denied,
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "cross-origin-resource-policy": "same-origin",
      "strict-transport-security": "max-age=31536000",
    });
  }
});

test("ok/a page's policy allows what it names, and nothing else", async () => {
  const { headers } = await (await serverAt("https://ca.example")).inject("/page");
  expect(headers["content-security-policy"]).toBe(`${denied};style-src 'nonce-abc'`);
  expect(headers["content-type"]).toBe("text/html; charset=utf-8");
});

test("ok/without TLS there is no HSTS header", async () => {
  const { headers } = await (await serverAt("http://127.0.0.1:8080")).inject("/json");
  expect(headers).not.toHaveProperty("strict-transport-security");
  expect(headers["content-security-policy"]).toBe(denied);
});

test("ok/a library's own headers are left unchanged", async () => {
  const { headers } = await (await serverAt("https://ca.example")).inject("/library");
  expect(headers).not.toHaveProperty("content-security-policy");
});
