import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { IssuerName } from "../../protocol/issuer.ts";
import { onError, sendProblem } from "../problems.ts";
import { sendHtml } from "../security-headers.ts";
import { errorPage } from "./error-page.ts";

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
type Method = (typeof methods)[number];

/** An endpoint answers other methods than its own with 405 and `Allow` (RFC 9110 §15.5.6). */
export function refuseOtherMethods(scope: FastifyInstance, url: string, allowed: readonly Method[]): void {
  const method = methods.filter((each) => !allowed.includes(each));
  const allow = allowed.join(", ");
  scope.route({
    method,
    url,
    handler: (_request, reply) =>
      sendOAuthError(reply.header("allow", allow), 405, "invalid_request", `only ${allow} is allowed here`),
  });
}

/** Errors before the provider reads the request are OAuth errors too (RFC 6749 §5.2); a page at the authorization endpoint. */
export function useOAuthErrors(scope: FastifyInstance, prefix: string): void {
  scope.setErrorHandler(async (error, request, reply) => {
    const { statusCode = 500 } = error as { statusCode?: number };
    if (statusCode !== 429) return onError(error, request, reply);
    const description = "too many requests from this address";
    reply.code(429).header("retry-after", reply.getHeader("retry-after") ?? 60);
    const isPage = request.url.startsWith(`${prefix}/auth`) && acceptsPage(request);
    if (isPage) return sendHtml(reply, errorPage(request, "temporarily_unavailable", description));
    return sendOAuthError(reply, 429, "temporarily_unavailable", description);
  });
}

/** What is not below an issuer: a page for a person in a browser, a problem for everything else. */
export function useNotFoundPage(server: FastifyInstance, issuer: IssuerName): void {
  void server.register(
    async (scope) => {
      scope.setNotFoundHandler((request, reply) =>
        isNavigation(request)
          ? sendHtml(reply.code(404), errorPage(request, "not_found", "there is no such address"))
          : sendProblem(request, reply, "NOT_FOUND", "There is no such address."),
      );
    },
    { prefix: `/${issuer}` },
  );
}

const sendOAuthError = (
  reply: FastifyReply,
  status: number,
  error: string,
  description: string,
): FastifyReply => reply.code(status).send({ error, error_description: description });

const acceptsPage = ({ headers }: FastifyRequest): boolean => /\btext\/html\b/.test(headers.accept ?? "");

/** A browser opens an address: it also accepts XHTML, which programs that name text/html do not. */
const isNavigation = (request: FastifyRequest): boolean =>
  request.method === "GET" &&
  acceptsPage(request) &&
  /\bapplication\/xhtml\+xml\b/.test(request.headers.accept ?? "");
