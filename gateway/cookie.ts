import type { FastifyReply, FastifyRequest } from "fastify";

/** The value of a cookie of ours, or `undefined`. */
export function readCookie(request: FastifyRequest, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? "").split(";")) {
    const [key, value] = pair.trim().split("=", 2);
    if (key === name && value !== undefined && /^[\w-]{43}$/.test(value)) return value;
  }
  return undefined;
}

/** Browsers send it back to this host alone, never to scripts. With no seconds left it is taken away. */
export function setCookie(reply: FastifyReply, name: string, value: string, seconds: number): void {
  const held = reply.getHeader("set-cookie") ?? [];
  const cookie = `${name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; Secure; SameSite=Lax`;
  reply.removeHeader("set-cookie");
  reply.header("set-cookie", [...(Array.isArray(held) ? held : [String(held)]), cookie]);
}
