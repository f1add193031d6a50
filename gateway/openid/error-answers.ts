import type { KoaContextWithOIDC, Provider } from "oidc-provider";
import { type IssuerName, issuerUrl } from "../../protocol/issuer.ts";
import type { OAuthError as OAuthErrorCode } from "../../protocol/oauth-errors.ts";
import { isDatabaseUnavailable } from "../../registry/database.ts";
import { failureFields } from "../problems.ts";
import { challengeHeader } from "./challenge.ts";
import {
  isReplayedProof,
  isUnauthenticated,
  type ProviderError,
  type ReasonDeps,
  reasonOf,
} from "./error-reasons.ts";

/** Where an issuer writes the reasons of its errors. */
export interface ErrorDeps {
  log: Record<"warn" | "error", (fields: object, message: string) => void>;
  /** Whether the answer itself also gives the reason: in the test setting only. */
  explains: boolean;
}

/** The library tells its errors by these events, after it has made its answer. */
const events = [
  "authorization.error",
  "pushed_authorization_request.error",
  "backchannel_authentication.error",
  "grant.error",
  "userinfo.error",
  "jwks.error",
  "discovery.error",
  "server_error",
] as const;

/** Errors that a program without faults meets: a person who has not decided yet, or who refuses. */
const ordinary: readonly OAuthErrorCode[] = [
  "authorization_pending",
  "access_denied",
  "expired_token",
  "login_required",
  "slow_down",
];

/**
 * Corrects the provider's errors where the standards say otherwise, and writes why each request was refused to the log; in the
 * test setting `error_description` says it too.
 */
export function answerErrors(provider: Provider, issuer: IssuerName, deps: ErrorDeps & ReasonDeps): void {
  const failed = new WeakMap<object, ProviderError>();
  const emitter = provider as {
    on(event: string, listen: (context: object, error: ProviderError) => void): void;
  };
  for (const event of events) emitter.on(event, (context, error) => void failed.set(context, error));
  provider.use(async (context, next) => {
    await next();
    const error = failed.get(context);
    if (error) await answer(context as unknown as KoaContextWithOIDC, error, issuer, deps);
  });
}

async function answer(
  context: KoaContextWithOIDC,
  error: ProviderError,
  issuer: IssuerName,
  deps: ErrorDeps & ReasonDeps,
): Promise<void> {
  const { route, client } = context.oidc;
  const where = { issuer, endpoint: route, client: client?.clientId };
  if (!error.expose) {
    deps.log.error({ ...where, ...failureFields(error) }, "unexpected failure");
    if (!isDatabaseUnavailable(error) || isFrontChannel(route)) return;
    context.set("Retry-After", "5");
    send(context, 503, {
      error: "temporarily_unavailable",
      error_description: "the registry does not answer",
    });
    return;
  }
  const { code, status, description } = byTheBook(error, route);
  const reason = await reasonOf(context, error, deps);
  if (!ordinary.includes(code)) deps.log.warn({ ...where, error: code, reason }, "a request was refused");
  if (isFrontChannel(route)) return;
  const isExplained = deps.explains || code === "unsupported_grant_type";
  const body: ErrorBody = {
    error: code,
    error_description: isExplained ? reason : (description ?? error.error_description),
    ...(error.scope === undefined ? {} : { scope: error.scope }),
  };
  if (route === "userinfo") sendChallenge(context, status, body, issuer, deps);
  else send(context, status, body);
}

/** Errors at the authorization endpoint travel in the redirect, or are on our page. */
const isFrontChannel = (route: string): boolean => route === "authorization" || route === "resume";

interface ErrorBody {
  error: OAuthErrorCode;
  error_description?: string | undefined;
  scope?: string;
}

function send(context: KoaContextWithOIDC, status: number, body: object): void {
  context.status = status;
  context.body = body;
}

/** RFC 6750 §3, RFC 9449 §7.1: the challenge of the issuer's one scheme, without an error if no token was sent. */
function sendChallenge(
  context: KoaContextWithOIDC,
  status: number,
  body: ErrorBody,
  issuer: IssuerName,
  { publicUrl }: ReasonDeps,
): void {
  const hasToken = context.get("Authorization") !== "" || "access_token" in (context.oidc.body ?? {});
  const scheme = issuer === "openid" ? "DPoP" : "Bearer";
  const { error, error_description: description, scope } = body;
  const realm = issuerUrl(publicUrl, issuer);
  const isBare = !hasToken && status === 401;
  const challenge = { scheme, realm, ...(isBare ? {} : { error, description, scope }) } as const;
  context.set("WWW-Authenticate", challengeHeader(challenge));
  send(context, status, isBare ? {} : body);
}

interface Corrected {
  code: OAuthErrorCode;
  status: number;
  /** For production, if the library's text does not fit. */
  description?: string;
}

/** The error and status that the standards give, where the library gives others. */
function byTheBook(error: ProviderError, route: string): Corrected {
  const { error_description: description = "" } = error;
  // RFC 9449 §5, §7.1
  if (isReplayedProof(error))
    return {
      code: "invalid_dpop_proof",
      status: route === "userinfo" ? 401 : 400,
      description: "the DPoP proof was used before",
    };
  // RFC 6749 §5.2: "no client authentication included" is invalid_client.
  if (isUnauthenticated(error))
    return { code: "invalid_client", status: 401, description: "client authentication failed" };
  // RFC 6749 §5.2, §4.1.2.1, CIBA §13
  if (description.endsWith("is not allowed for this client") && /grant|response_type/.test(description))
    return { code: "unauthorized_client", status: 400 };
  return { code: error.error as OAuthErrorCode, status: error.statusCode };
}
