import { randomUUID } from "node:crypto";
import { expect, test } from "@jest/globals";
import Fastify from "fastify";
import { appLinkRoute } from "../../../gateway/login/app-link.ts";
import { useSecurityHeaders } from "../../../gateway/security-headers.ts";

const publicUrl = "http://127.0.0.1:8080";
const appLinkUrl = "http://127.0.0.1:9090/pages/app/";

async function opened(path: string, deps: { appLinkUrl?: string }) {
  const server = Fastify();
  await useSecurityHeaders(server, publicUrl);
  appLinkRoute(server, { publicUrl, ...deps });
  const answer = await server.inject({ url: path, headers: { "accept-language": "ja" } });
  await server.close();
  return answer;
}

test("ok/without a page that plays the phone, a login's link says to open it in the app, and leads nowhere", async () => {
  const answer = await opened(`/login/${randomUUID()}?via=link`, {});
  expect(answer.statusCode).toBe(200);
  expect(answer.headers.location).toBeUndefined();
  expect(answer.body).toContain("アプリでこのリンクを開いてください");
});

test("ok/in the sandbox a login's link leads to the page that plays the phone, with the link where no server logs it", async () => {
  const path = `/login/${randomUUID()}?via=link`;
  const { statusCode, headers } = await opened(path, { appLinkUrl });
  expect(statusCode).toBe(303);
  const to = new URL(String(headers.location));
  expect(`${to.origin}${to.pathname}${to.search}`).toBe(appLinkUrl);
  expect(new URLSearchParams(to.hash.slice(1)).get("link")).toBe(`${publicUrl}${path}`);
});

test.each([
  "/login/1?via=link",
  `/login/${randomUUID()}`,
  `/login/${randomUUID()}?via=https://elsewhere.example`,
  `/login/${randomUUID()}%2f..?via=link`,
])("bad/%s, which is no login's link, leads nowhere", async (path) => {
  expect((await opened(path, { appLinkUrl })).headers.location).toBeUndefined();
});
