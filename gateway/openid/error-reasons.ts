import { decodeJwt } from "jose";
import type { KoaContextWithOIDC } from "oidc-provider";
import type { Pool } from "pg";
import { issuerUrl } from "../../protocol/issuer.ts";
import { findPartyClient } from "../../registry/party/clients.ts";
import { type AssertionRules, assertionFault } from "./assertion-faults.ts";
import { KeysUnreadable } from "./client-keys.ts";
import type { errors } from "./library.ts";
import { proofFault } from "./proof-faults.ts";
import { asDescription, shown } from "./shown.ts";

/** What an issuer needs to say why it refused a request. */
export interface ReasonDeps {
  pool: Pool;
  publicUrl: string;
  assertion: AssertionRules;
}

export type ProviderError = InstanceType<typeof errors.OIDCProviderError> & { scope?: string };

/** The library's words for a proof that it has seen before; it gives them with three different errors. */
export const isReplayedProof = ({ error_detail: detail, error_description: description }: ProviderError) =>
  [detail, description].includes("DPoP proof JWT Replay detected");

/** The library's words for a request without any authentication of its client. */
export const isUnauthenticated = ({ error_description: description }: ProviderError): boolean =>
  description === "no client authentication mechanism provided";

/**
 * Why a request was refused, for its developer and for the log: the library hides it in most errors. Never a secret, and of what
 * the request says only names, times and addresses without their queries.
 */
export async function reasonOf(
  context: KoaContextWithOIDC,
  error: ProviderError,
  deps: ReasonDeps,
): Promise<string> {
  return asDescription(
    (await clientReason(context, error, deps)) ??
      (await proofReason(context, error)) ??
      unsupportedGrant(context, error, deps) ??
      libraryReason(error),
  );
}

async function clientReason(
  { oidc }: KoaContextWithOIDC,
  error: ProviderError,
  { pool, publicUrl, assertion: rules }: ReasonDeps,
): Promise<string | undefined> {
  if (isUnauthenticated(error))
    return "no client_assertion was sent: this server requires private_key_jwt (RFC 7523)";
  if (error.error !== "invalid_client") return undefined;
  const assertion = oidc.params?.["client_assertion"];
  if (error.error_detail === "client not found") {
    const id = oidc.params?.["client_id"] ?? subjectOf(assertion);
    const client = typeof id === "string" && id.length <= 128 ? await findPartyClient(pool, id) : undefined;
    return client
      ? `the client ${shown(id)} belongs to the other issuer, ${issuerUrl(publicUrl, client.issuer)}: send its requests there`
      : `no client ${shown(id)} is registered here`;
  }
  const unreadable = causes(error).find((cause) => cause instanceof KeysUnreadable);
  if (unreadable) return `the keys at the client's jwks_uri could not be read: ${unreadable.message}`;
  return typeof assertion === "string"
    ? assertionFault(assertion, error.error_detail, { rules, now: new Date() })
    : undefined;
}

async function proofReason(context: KoaContextWithOIDC, error: ProviderError): Promise<string | undefined> {
  const isReplayed = isReplayedProof(error);
  if (error.error !== "invalid_dpop_proof" && !isReplayed) return undefined;
  const { oidc, method } = context;
  return proofFault(context.get("DPoP"), {
    method,
    url: oidc.urlFor(oidc.route),
    ...(oidc.route === "userinfo" ? { token: tokenOf(context) } : {}),
    jkt: (oidc.entities.AccessToken as { jkt?: string } | undefined)?.jkt,
    now: new Date(),
    isReplayed,
  });
}

function unsupportedGrant(
  { oidc }: KoaContextWithOIDC,
  { error }: ProviderError,
  { publicUrl }: ReasonDeps,
): string | undefined {
  const openid = issuerUrl(publicUrl, "openid");
  if (error !== "unsupported_grant_type" || oidc.issuer === openid) return undefined;
  return `this issuer logs people in with authorization_code; tokens for a party's own server are at the issuer ${openid}, with a client of its own`;
}

/** The library's own text. A parser's message is left out: it quotes what it could not read. */
function libraryReason({
  cause,
  error_detail: detail,
  error_description: description,
  message,
}: ProviderError) {
  const isQuoted = cause instanceof SyntaxError || cause instanceof TypeError;
  return (isQuoted ? undefined : detail) ?? description ?? message;
}

function subjectOf(assertion: unknown): unknown {
  try {
    return decodeJwt(String(assertion)).sub;
  } catch {
    return undefined;
  }
}

const tokenOf = (context: KoaContextWithOIDC): string => context.get("Authorization").replace(/^DPoP +/i, "");

function causes(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : [];
}
