import type { IncomingMessage, ServerResponse } from "node:http";
import fastifyHelmet from "@fastify/helmet";
import type { FastifyInstance, FastifyReply } from "fastify";
import helmet from "helmet";

/** A Content-Security-Policy, by directive. */
export type Directives = Readonly<Record<string, string[]>>;

/** A page and what it may do. */
export interface Page {
  html: string;
  directives: Directives;
}

const nothing: Directives = {
  "default-src": ["'none'"],
  "base-uri": ["'none'"],
  "form-action": ["'none'"],
  "frame-ancestors": ["'none'"],
};

/** Nothing but this: from elsewhere nothing is loaded, and no page of ours stands in a frame. */
export const only = (allowed: Directives): Directives => ({ ...nothing, ...allowed });

const policyOf = (directives: Directives) => ({
  contentSecurityPolicy: { useDefaults: false as const, directives: { ...directives } },
});

/** What every answer has: whatever it is taken for, nothing in it is run, loaded or framed. */
const everywhere = {
  ...policyOf(nothing),
  referrerPolicy: { policy: "no-referrer" },
  xFrameOptions: { action: "deny" },
  crossOriginResourcePolicy: { policy: "same-origin" },
  // A party may open a login in a window of its own, and learns of its end by it.
  crossOriginOpenerPolicy: false,
  strictTransportSecurity: false,
  // The rest of helmet's defaults protects nothing here. No page shares an origin's site with another one that could be
  // isolated from it (Origin-Agent-Cluster), and none may load anything from elsewhere (X-DNS-Prefetch-Control). The others are
  // read by Internet Explorer, by Flash, and by XSS filters that browsers have removed.
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
} as const;

/** A year (RFC 6797 §6.1.1), for this host alone: what else an operator has below it is not ours to decide. */
const transportSecurity = { maxAge: 31_536_000, includeSubDomains: false };

/** @param url where browsers reach this server: over TLS, they are to come back that way */
export async function useSecurityHeaders(server: FastifyInstance, url: string): Promise<void> {
  const isTls = url.startsWith("https:");
  await server.register(
    fastifyHelmet,
    isTls ? { ...everywhere, strictTransportSecurity: transportSecurity } : everywhere,
  );
}

/** What a page keeps among those of its own origin. */
interface OwnOrigin {
  referrerPolicy?: { policy: "same-origin" };
  crossOriginOpenerPolicy?: { policy: "same-origin" };
}

/** Says what the answer that is being made may do, as a page. */
export function allow(reply: FastifyReply, directives: Directives, more: OwnOrigin = {}): void {
  reply.helmet({ ...policyOf(directives), ...more });
}

/** Sends a page. */
export function sendHtml(reply: FastifyReply, { html, directives }: Page): FastifyReply {
  allow(reply, directives);
  return reply.type("text/html; charset=utf-8").send(html);
}

/** The same headers for a page that a library sends by itself. */
export function allowRaw(request: IncomingMessage, response: ServerResponse, directives: Directives): void {
  helmet({ ...everywhere, ...policyOf(directives) })(request, response, (error) => {
    if (error !== undefined) throw error;
  });
}
