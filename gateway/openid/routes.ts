import type { IncomingMessage } from "node:http";
import { setTimeout } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Provider } from "oidc-provider";
import type { IssuerName } from "../../protocol/issuer.ts";
import { drain } from "../intake/drain.ts";
import { descriptions } from "./descriptions.ts";
import { refuseOtherMethods, useNotFoundPage, useOAuthErrors } from "./endpoint-errors.ts";
import { proofBeginsInMs } from "./proof-times.ts";
import { cookieNames } from "./provider.ts";

/** The provider sets its own headers: one of its answers is a form that submits itself to the party (form_post). */
const byItself = { helmet: false } as const;

/** Sets our public name, whatever a proxy said: URLs in answers, proofs and cookies are built from it. */
export function setPublicName({ headers }: IncomingMessage, publicUrl: string): void {
  const { host, protocol } = new URL(publicUrl);
  const name = { host, "x-forwarded-host": host, "x-forwarded-proto": protocol.slice(0, -1) };
  Object.assign(headers, name);
}

/** An issuer and its library. */
export interface IssuerParts {
  issuerName: IssuerName;
  provider: Provider;
  publicUrl: string;
}

/** An issuer's own endpoints below its path: the provider reads the request and writes the answer itself. */
export function issuerRoutes(
  server: FastifyInstance,
  { issuerName, provider, publicUrl }: IssuerParts,
): void {
  const handle = provider.callback();
  const prefix = `/${issuerName}`;
  const ownPath = new RegExp(`^(/\\.well-known/[^/?]+)?${prefix}`);
  const { session } = cookieNames(publicUrl, issuerName);
  const hand = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.hijack();
    const { raw } = request;
    setPublicName(raw, publicUrl);
    const originalUrl = raw.url ?? "";
    const url = originalUrl.replace(ownPath, "$1") || "/";
    // Every login is separate: an earlier login logs nobody in, and does not link two parties. Nor, on the return, must an
    // earlier login in the same browser be ended first.
    if (/^\/auth(?:[?/]|$)/.test(url)) forgetCookie(raw, session);
    // Whatever the client accepts, OAuth errors are JSON (RFC 6749 §5.2); only the authorization endpoint has a page.
    else raw.headers.accept = "application/json";
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
  useNotFoundPage(server, issuerName);
  void server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // The provider reads and limits the body.
    scope.addContentTypeParser("*", (_request, _body, done) => done(null));
    const { token, request, backchannel, userinfo } = descriptions[issuerName];
    useOAuthErrors(scope, prefix);
    scope.post(`${prefix}/token`, { ...byItself, ...token }, hand);
    if (request) scope.post(`${prefix}/request`, { ...byItself, ...request }, hand);
    if (backchannel) scope.post(`${prefix}/backchannel`, { ...byItself, ...backchannel }, hand);
    scope.get(`${prefix}/me`, { ...byItself, ...userinfo }, hand);
    scope.post(`${prefix}/me`, byItself, hand);
    const reads = ["/auth", "/auth/:uid", "/jwks", "/.well-known/openid-configuration"];
    for (const path of reads) scope.get(`${prefix}${path}`, byItself, hand);
    const oauthMetadata = `/.well-known/oauth-authorization-server${prefix}`;
    scope.get(oauthMetadata, byItself, hand);
    // OpenID Connect Core §3.1.2.1 wants both methods; FAPI 2.0 has its requests pushed.
    const isPosted = (path: string): boolean => issuerName === "oidc" && path === "/auth";
    if (isPosted("/auth")) scope.post(`${prefix}/auth`, byItself, hand);
    for (const path of reads)
      refuseOtherMethods(scope, `${prefix}${path}`, isPosted(path) ? ["GET", "POST"] : ["GET"]);
    refuseOtherMethods(scope, oauthMetadata, ["GET"]);
    for (const path of ["/token", ...(request ? ["/request"] : []), ...(backchannel ? ["/backchannel"] : [])])
      refuseOtherMethods(scope, `${prefix}${path}`, ["POST"]);
    refuseOtherMethods(scope, `${prefix}/me`, ["GET", "POST"]);
  });
}

function forgetCookie({ headers }: IncomingMessage, name: string): void {
  const kept = (headers.cookie ?? "")
    .split(/; */)
    .filter((cookie) => !cookie.startsWith(`${name}=`) && !cookie.startsWith(`${name}.sig=`));
  headers.cookie = kept.join("; ");
}
