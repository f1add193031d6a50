import { randomUUID } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { Refusal } from "../domain/refusal.ts";
import type { Language } from "../protocol/names.ts";
import { languageOf as languageOfHeader, problemResponse } from "../protocol/problem.ts";
import { type RefusalCode, refusals } from "../protocol/refusals.ts";
import { isDatabaseUnavailable } from "../registry/database.ts";
import { UnknownCursor } from "../registry/list-page.ts";
import { drain } from "./intake/drain.ts";
import { TokenRefusal } from "./openid/token-refusal.ts";

/** Our codes for the framework's own errors. */
const codeOfFrameworkError: Record<string, RefusalCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "BODY_TOO_LARGE",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "UNSUPPORTED_MEDIA_TYPE",
  FST_ERR_CTP_EMPTY_JSON_BODY: "MALFORMED_REQUEST",
  FST_ERR_CTP_INVALID_JSON_BODY: "MALFORMED_REQUEST",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "MALFORMED_REQUEST",
};

/** Sends an RFC 9457 problem document in the requested language. */
export async function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  code: RefusalCode,
  detail: string,
  more: { triesLeft?: number | undefined; instance?: string; refusal?: TokenRefusal } = {},
): Promise<FastifyReply> {
  const { triesLeft, instance = newInstance(), refusal } = more;
  const { status, headers, body } = problemResponse(code, {
    detail,
    instance,
    language: languageOf(request),
    ...(triesLeft === undefined ? {} : { triesLeft }),
    ...(refusal === undefined ? {} : { status: refusal.status }),
  });
  if (code === "PARTY_TOKEN_INVALID")
    reply.header("www-authenticate", refusal?.challenge ?? 'DPoP error="invalid_token", algs="ES256"');
  // A retry time set by the route takes precedence.
  const wait = reply.getHeader("retry-after");
  return reply
    .code(status)
    .headers({ ...headers, ...(wait === undefined ? {} : { "retry-after": wait }) })
    .send(body);
}

const newInstance = (): string => `urn:uuid:${randomUUID()}`;

/** Turns an error thrown by a route into a problem. An unexpected one is logged by its class, never returned to the caller. */
export async function onError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (error instanceof Refusal) {
    if (error.retryAfterSeconds !== undefined) reply.header("retry-after", error.retryAfterSeconds);
    const { code, message, triesLeft } = error;
    const refusal = error instanceof TokenRefusal ? { refusal: error } : {};
    return sendProblem(request, reply, code, message, { triesLeft, ...refusal });
  }
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  const known = code === undefined ? undefined : codeOfFrameworkError[code];
  if (known === "BODY_TOO_LARGE") await drain(request.raw);
  if (known) return sendProblem(request, reply, known, refusals[known].what.en);
  if (statusCode === 429)
    return sendProblem(request, reply, "TOO_MANY_REQUESTS", refusals.TOO_MANY_REQUESTS.what.en);
  if (error instanceof SyntaxError || statusCode === 400) {
    return sendProblem(request, reply, "MALFORMED_REQUEST", "The body is not well-formed JSON.");
  }
  if (error instanceof UnknownCursor)
    return sendProblem(request, reply, "MALFORMED_REQUEST", "The cursor does not belong to this list.");
  if (isDatabaseUnavailable(error))
    return sendProblem(request, reply, "TRY_AGAIN", "The registry does not answer.");
  const instance = newInstance();
  request.log.error({ instance, ...failureFields(error) }, "unexpected failure");
  const detail = "The failure is in the log of the gateway under this instance.";
  return sendProblem(request, reply, "INTERNAL", detail, { instance });
}

/** What the log says of an unexpected failure: its class and place. Its message is left out: it may quote user input. */
export function failureFields(error: unknown): { errorName: string; errorCode: unknown; places: unknown } {
  const { name, stack, cause, code } = error as Error & { code?: unknown };
  const places = stack?.split("\n").filter((line) => line.trimStart().startsWith("at "));
  return { errorName: name, errorCode: code ?? (cause as { code?: unknown } | undefined)?.code, places };
}

/** The requested language. */
export const languageOf = ({ headers }: Pick<FastifyRequest, "headers">): Language =>
  languageOfHeader(headers["accept-language"]);
