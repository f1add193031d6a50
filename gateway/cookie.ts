import cookies from "@fastify/cookie";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

/** Has a server read and set cookies. Values are taken as they stand: nothing that is ours is encoded. */
export async function useCookies(server: FastifyInstance): Promise<void> {
  // Its types know of `encode` alone; what the options hold goes to the parser as well.
  const asTheyStand = { encode: String, decode: String };
  // Cookies are read where they are asked for (readCookie): limits ask before the hook of the plugin has run.
  await server.register(cookies, { parseOptions: asTheyStand });
}

/** The value of a cookie of ours, or `undefined`. */
export function readCookie({ server, headers }: FastifyRequest, name: string): string | undefined {
  const value = server.parseCookie(headers.cookie ?? "")[name];
  return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined;
}

/** Browsers send it back to this host alone, never to scripts. With no seconds left it is taken away. */
export function setCookie(reply: FastifyReply, name: string, value: string, seconds: number): void {
  reply.setCookie(name, value, {
    path: "/",
    maxAge: seconds,
    httpOnly: true,
    secure: true,
    sameSite: "lax",
  });
}
