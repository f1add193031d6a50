import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { drain } from "../intake/drain.ts";
import { makeProvider, type OpenIdDeps } from "./provider.ts";

const prefix = "/openid";

/** Everything below `/openid` is the token endpoint's: it reads the request and writes the answer itself. */
export function openIdRoutes(server: FastifyInstance, deps: OpenIdDeps): void {
  const handle = makeProvider(deps).callback();
  const { host, protocol } = new URL(deps.publicUrl);
  const hand = (path: string) => async (request: FastifyRequest, reply: FastifyReply) => {
    reply.hijack();
    const { raw } = request;
    // What the world calls us, whatever stands before us said: addresses in answers and proofs are made of it.
    Object.assign(raw.headers, {
      host,
      "x-forwarded-host": host,
      "x-forwarded-proto": protocol.slice(0, -1),
    });
    Object.assign(raw, { originalUrl: `${prefix}${path}`, url: path });
    reply.raw.setHeader("cache-control", "no-store");
    await handle(raw, reply.raw);
    if (raw.complete) return;
    // Too long to be read: the rest is thrown away, so that the answer arrives, and the connection with it.
    await drain(raw);
    raw.socket.destroySoon();
  };
  void server.register(async (openid) => {
    openid.removeAllContentTypeParsers();
    // Not read here: the token endpoint reads it, and limits it.
    openid.addContentTypeParser("*", (_request, _body, done) => done(null));
    openid.post(`${prefix}/token`, hand("/token"));
    openid.get(`${prefix}/jwks`, hand("/jwks"));
    openid.get(`${prefix}/.well-known/openid-configuration`, hand("/.well-known/openid-configuration"));
    openid.get(
      "/.well-known/oauth-authorization-server/openid",
      hand("/.well-known/oauth-authorization-server"),
    );
  });
}
