import type { IncomingMessage } from "node:http";
import { setTimeout } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Provider } from "oidc-provider";
import { drain } from "../intake/drain.ts";
import { descriptions } from "./descriptions.ts";
import { proofBeginsInMs } from "./proof-times.ts";
import { cookieNames } from "./provider.ts";

const prefix = "/openid";
/** The provider sets its own headers: one of its answers is a form that submits itself to the party (form_post). */
const byItself = { helmet: false } as const;

/** Sets our public name, whatever a proxy said: URLs in answers, proofs and cookies are built from it. */
export function setPublicName({ headers }: IncomingMessage, publicUrl: string): void {
  const { host, protocol } = new URL(publicUrl);
  const name = { host, "x-forwarded-host": host, "x-forwarded-proto": protocol.slice(0, -1) };
  Object.assign(headers, name);
}

/** The provider's own endpoints below `/openid`: it reads the request and writes the answer itself. */
export function openIdRoutes(
  server: FastifyInstance,
  { provider, publicUrl }: { provider: Provider; publicUrl: string },
): void {
  const handle = provider.callback();
  const { session } = cookieNames(publicUrl);
  const hand = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.hijack();
    const { raw } = request;
    setPublicName(raw, publicUrl);
    const originalUrl = raw.url ?? "";
    const url = originalUrl.replace(/^(\/\.well-known\/[^/?]+)?\/openid/, "$1") || "/";
    // Every login is separate: an earlier login logs nobody in, and does not link two parties. Nor, on the return, must an
    // earlier login in the same browser be ended first.
    if (/^\/auth[?/]/.test(url)) forgetCookie(raw, session);
    const { dpop } = raw.headers;
    if (typeof dpop === "string") await setTimeout(proofBeginsInMs(dpop, new Date()));
    Object.assign(raw, { originalUrl: `${prefix}${url}`, url });
    reply.raw.setHeader("cache-control", "no-store");
    await handle(raw, reply.raw);
    if (raw.complete) return;
    // Too long to be read: discard the rest, so that the answer arrives. The connection is closed only if more follows: the
    // answer has not announced it, and the client may already have sent its next request.
    await drain(raw);
    if (!raw.complete) raw.socket.destroySoon();
  };
  void server.register(async (openid) => {
    openid.removeAllContentTypeParsers();
    // The provider reads and limits the body.
    openid.addContentTypeParser("*", (_request, _body, done) => done(null));
    const { token, request, backchannel, userinfo } = descriptions;
    openid.post(`${prefix}/token`, { ...byItself, ...token }, hand);
    openid.post(`${prefix}/request`, { ...byItself, ...request }, hand);
    openid.post(`${prefix}/backchannel`, { ...byItself, ...backchannel }, hand);
    openid.get(`${prefix}/me`, { ...byItself, ...userinfo }, hand);
    openid.post(`${prefix}/me`, byItself, hand);
    for (const path of ["/auth", "/auth/:uid", "/jwks", "/.well-known/openid-configuration"])
      openid.get(`${prefix}${path}`, byItself, hand);
    openid.get("/.well-known/oauth-authorization-server/openid", byItself, hand);
  });
}

function forgetCookie({ headers }: IncomingMessage, name: string): void {
  const kept = (headers.cookie ?? "")
    .split(/; */)
    .filter((cookie) => !cookie.startsWith(`${name}=`) && !cookie.startsWith(`${name}.sig=`));
  headers.cookie = kept.join("; ");
}
