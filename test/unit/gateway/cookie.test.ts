import { afterAll, beforeAll, expect, test } from "@jest/globals";
import Fastify, { type FastifyInstance } from "fastify";
import { readCookie, setCookie, useCookies } from "../../../gateway/cookie.ts";

const name = "__Host-kazasu-session";
const token = "A-b_".repeat(10) + "xyz";
let server: FastifyInstance;

beforeAll(async () => {
  server = Fastify();
  await useCookies(server);
  server.get("/read", (request) => ({ value: readCookie(request, name) ?? null }));
  server.get("/set", (_request, reply) => {
    setCookie(reply, name, token, 900);
    setCookie(reply, "__Host-kazasu-login", "", 0);
    return reply.redirect("/", 303);
  });
});
afterAll(() => server.close());

const read = async (cookie?: string): Promise<unknown> =>
  (await server.inject({ url: "/read", headers: cookie === undefined ? {} : { cookie } })).json().value;

test.each([
  ["alone", `${name}=${token}`],
  ["among others", `a=b; ${name}=${token}; c=d`],
  ["without spaces", `a=b;${name}=${token};c=d`],
  ["among malformed cookies", `; ;=;nothing; ${name}=${token}; =x`],
  ["beside one that cannot be decoded", `a=%E0%A4%A; ${name}=${token}`],
])("ok/a cookie of ours is read: %s", async (_how, header) => {
  expect(await read(header)).toBe(token);
});

test.each([
  ["none", undefined],
  ["an empty header", ""],
  ["another name", `x${name}=${token}`],
  ["the name in other letters", `${name.toLowerCase()}=${token}`],
  ["a value that is too short", `${name}=${token.slice(1)}`],
  ["a value that is too long", `${name}=${token}A`],
  ["a value with other characters", `${name}=${token.slice(1)}~`],
  ["a value that would be ours if it were decoded", `${name}=%41${token.slice(1)}`],
  ["a name that would be ours if it were decoded", `%5F_Host-kazasu-session=${token}`],
  ["a value with a part behind it", `${name}=${token}=x`],
  ["the name of a property of every object", "__proto__=x; constructor=y"],
])("fail/%s is no cookie of ours", async (_what, header) => {
  expect(await read(header)).toBeNull();
});

test("bad/thousands of cookies are read quickly", async () => {
  const many = Array.from({ length: 1_500 }, (_, index) => `c${index}=x`).join("; ");
  expect(await read(`${many}; ${name}=${token}`)).toBe(token);
});

test("ok/a cookie is for this host, over TLS, and not for scripts; one with no seconds left is deleted", async () => {
  const { headers } = await server.inject("/set");
  const [session, ended, ...more] = headers["set-cookie"] as string[];
  expect(more).toEqual([]);
  const attributesOf = (cookie = "") => cookie.split("; ").toSorted();
  expect(attributesOf(session)).toEqual(
    [`${name}=${token}`, "HttpOnly", "Max-Age=900", "Path=/", "SameSite=Lax", "Secure"].toSorted(),
  );
  expect(attributesOf(ended)).toEqual(
    ["__Host-kazasu-login=", "HttpOnly", "Max-Age=0", "Path=/", "SameSite=Lax", "Secure"].toSorted(),
  );
});
