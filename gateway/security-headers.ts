import type { IncomingMessage, ServerResponse } from "node:http";
import fastifyHelmet from "@fastify/helmet";
import type { FastifyInstance, FastifyReply } from "fastify";
import helmet from "helmet";

/** A Content-Security-Policy, by directive. */
export type Directives = Readonly<Record<string, string[]>>;

/** A page and its policy. */
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

/** Only these directives: nothing else is loaded, and no page of ours can be framed. */
export const only = (allowed: Directives): Directives => ({ ...nothing, ...allowed });

const policyOf = (directives: Directives) => ({
  contentSecurityPolicy: { useDefaults: false as const, directives: { ...directives } },
});

/** Headers of every answer: whatever a browser takes it for, nothing in it is executed, loaded or framed. */
const everywhere = {
  ...policyOf(nothing),
  referrerPolicy: { policy: "no-referrer" },
  xFrameOptions: { action: "deny" },
  crossOriginResourcePolicy: { policy: "same-origin" },
  // A party may open a login in a popup, and must be able to see it close.
  crossOriginOpenerPolicy: false,
  strictTransportSecurity: false,
  // The rest of helmet's defaults has no effect here: no page shares a site with another origin to be isolated from it
  // (Origin-Agent-Cluster), none may load external content (X-DNS-Prefetch-Control), and the others are for Internet Explorer,
  // Flash, and XSS filters that browsers have removed.
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
} as const;

/** A year (RFC 6797 §6.1.1), for this host only: an operator's subdomains are not ours to decide. */
const transportSecurity = { maxAge: 31_536_000, includeSubDomains: false };

/** @param url the URL by which browsers reach this server; HSTS is sent if it is https */
export async function useSecurityHeaders(server: FastifyInstance, url: string): Promise<void> {
  const isTls = url.startsWith("https:");
  await server.register(
    fastifyHelmet,
    isTls ? { ...everywhere, strictTransportSecurity: transportSecurity } : everywhere,
  );
}

/** Exceptions for a page's own origin. */
interface OwnOrigin {
  referrerPolicy?: { policy: "same-origin" };
  crossOriginOpenerPolicy?: { policy: "same-origin" };
}

/** Sets the policy of the current answer, a page. */
export function allow(reply: FastifyReply, directives: Directives, more: OwnOrigin = {}): void {
  reply.helmet({ ...policyOf(directives), ...more });
}

/** Sends a page. */
export function sendHtml(reply: FastifyReply, { html, directives }: Page): FastifyReply {
  allow(reply, directives);
  return reply.type("text/html; charset=utf-8").send(html);
}

/** The same headers for a page that a library sends itself. */
export function allowRaw(request: IncomingMessage, response: ServerResponse, directives: Directives): void {
  helmet({ ...everywhere, ...policyOf(directives) })(request, response, (error) => {
    if (error !== undefined) throw error;
  });
}
