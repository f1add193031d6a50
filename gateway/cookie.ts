import cookies from "@fastify/cookie";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

/** Lets a server read and set cookies. Values are used unencoded. */
export async function useCookies(server: FastifyInstance): Promise<void> {
  // The plugin's types know only `encode`; its options are passed to the parser as well.
  const asTheyStand = { encode: String, decode: String };
  // Cookies are read on demand (readCookie): rate limits run before the plugin's hook.
  await server.register(cookies, { parseOptions: asTheyStand });
}

/** The value of one of our cookies, or `undefined`. */
export function readCookie({ server, headers }: FastifyRequest, name: string): string | undefined {
  const value = server.parseCookie(headers.cookie ?? "")[name];
  return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined;
}

/** Sets a cookie for this host only, hidden from scripts. Zero seconds deletes it. */
export function setCookie(reply: FastifyReply, name: string, value: string, seconds: number): void {
  reply.setCookie(name, value, {
    path: "/",
    maxAge: seconds,
    httpOnly: true,
    secure: true,
    sameSite: "lax",
  });
}
