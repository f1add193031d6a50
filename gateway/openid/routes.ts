import type { IncomingMessage } from "node:http";
import { setTimeout } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Provider } from "oidc-provider";
import { drain } from "../intake/drain.ts";
import { descriptions } from "./descriptions.ts";
import { proofBeginsInMs } from "./proof-times.ts";
import { cookieNames } from "./provider.ts";

const prefix = "/openid";
/** The provider says what its answers may do: one of them is a form that sends itself to the party (form_post). */
const byItself = { helmet: false } as const;

/** What the world calls us, whatever stands before us said: addresses in answers, proofs and cookies are made of it. */
export function setPublicName({ headers }: IncomingMessage, publicUrl: string): void {
  const { host, protocol } = new URL(publicUrl);
  const name = { host, "x-forwarded-host": host, "x-forwarded-proto": protocol.slice(0, -1) };
  Object.assign(headers, name);
}

/** The provider's own addresses below `/openid`: it reads the request and writes the answer itself. */
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
    // Every login is one of its own: nobody is logged in because they were before, nor seen at two parties as one. Nor, on
    // the way back, is the login before this one in the same browser to be ended first.
    if (/^\/auth[?/]/.test(url)) forgetCookie(raw, session);
    const { dpop } = raw.headers;
    if (typeof dpop === "string") await setTimeout(proofBeginsInMs(dpop, new Date()));
    Object.assign(raw, { originalUrl: `${prefix}${url}`, url });
    reply.raw.setHeader("cache-control", "no-store");
    await handle(raw, reply.raw);
    if (raw.complete) return;
    // Too long to be read: the rest is thrown away, so that the answer arrives. Only what is still coming after that ends the
    // connection: the answer has not announced it, and the client may have sent its next request already.
    await drain(raw);
    if (!raw.complete) raw.socket.destroySoon();
  };
  void server.register(async (openid) => {
    openid.removeAllContentTypeParsers();
    // Not read here: the provider reads it, and limits it.
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
