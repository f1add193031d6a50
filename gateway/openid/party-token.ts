import type { FastifyRequest } from "fastify";
import { decodeJwt } from "jose";
import { type AuthorizationServer, clockTolerance, customFetch, validateJwtAccessToken } from "oauth4webapi";
import type { Pool } from "pg";
import * as z from "zod";
import { isGoodKey, registeredKeys } from "../../domain/party/client-keys.ts";
import { sha256, utf8 } from "../../protocol/encoding.ts";
import type { partyScopes } from "../../protocol/events.ts";
import { issuerUrl } from "../../protocol/issuer.ts";
import { storedText } from "../../protocol/stored-text.ts";
import { useOnce } from "../../registry/issuance/single-uses.ts";
import { findPartyClient, type PartyClient } from "../../registry/party/clients.ts";
import type { ProvenLimits } from "../limits/proven-limits.ts";
import { proofFault } from "./proof-faults.ts";
import { clockSkewSeconds, proofSeconds, requireProofTime } from "./proof-times.ts";
import { asDescription } from "./shown.ts";
import type { TokenKey } from "./signing-key.ts";
import { tokenFault } from "./token-faults.ts";
import { TokenRefusal } from "./token-refusal.ts";
import { keyClaim } from "./used-key.ts";

export interface PartyTokenDeps {
  pool: Pool;
  publicUrl: string;
  /** The keys that verify access tokens. */
  tokenKeys: readonly Pick<TokenKey, "publicJwk">[];
  limits?: Pick<ProvenLimits, "party">;
  /** Whether refusals give their reason: in the test setting only. */
  explains?: boolean;
}

export interface RequestingParty {
  partyId: string;
  clientId: string;
  client: PartyClient;
  /** Thumbprint of the token's key (RFC 7638). */
  jkt: string;
  /** Thumbprint of the registered key that signed the assertion for the token; none if the party publishes its keys. */
  key?: string;
}

const longestProof = 4_096;
const scheme = /^DPoP ([\w.~+/-]{1,4096}=*)$/i;

const tokenClaims = z.looseObject({
  client_id: z.string(),
  scope: z.string().default(""),
  cnf: z.object({ jkt: z.string() }),
  exp: z.number(),
  [keyClaim]: z.string().optional(),
});
const proofClaims = z.looseObject({ jti: storedText(256).min(1) });

/**
 * The party of a request: an access token of ours (RFC 9068) with the scope, bound to the key of a fresh DPoP proof (RFC 9449
 * §4.3) for exactly this method, URL and token, used once.
 * @throws TokenRefusal PARTY_TOKEN_INVALID; its challenge says whether token, proof or scope is at fault
 */
export async function requireParty(
  deps: PartyTokenDeps,
  request: FastifyRequest,
  scope: (typeof partyScopes)[number],
): Promise<RequestingParty> {
  const refuse = refusalsOf(deps, request);
  const { authorization, dpop: proof } = request.headers;
  const token = scheme.exec(authorization ?? "")?.[1];
  if (authorization === undefined) throw refuse({ detail: needsBoth });
  if (token === undefined) throw refuse({ error: "invalid_token", detail: needsBoth });
  if (typeof proof !== "string" || proof.length > longestProof)
    throw refuse({ error: "invalid_dpop_proof", detail: needsBoth });
  const claims = await validated(deps, request, { token, proof });
  await requireFirstUse(deps, request, { jkt: claims.cnf.jkt, proof });
  if (!claims.scope.split(" ").includes(scope))
    throw refuse({
      error: "insufficient_scope",
      scope,
      detail: `The token does not have the scope ${scope}.`,
    });
  const client = await findPartyClient(deps.pool, claims.client_id);
  if (!client) throw refuse({ error: "invalid_token", detail: "The token's client is not registered." });
  const { [keyClaim]: key } = claims;
  // A key ends with its removal, and not with its tokens; published keys are the party's own to end.
  if ("jwks" in client && !isGoodKey(await registeredKeys(client.jwks.keys), key, new Date()))
    throw refuse({ error: "invalid_token", detail: keyEnded });
  deps.limits?.party(client.partyId);
  return {
    partyId: client.partyId,
    clientId: client.id,
    client,
    jkt: claims.cnf.jkt,
    ...(key === undefined ? {} : { key }),
  };
}

const needsBoth = "A token with the DPoP scheme and exactly one proof are required.";

const keyEnded = "The client's key that the token was gotten with was removed, or has ended.";

interface Refused {
  /** None if no token was sent (RFC 6750 §3.1). */
  error?: "invalid_token" | "invalid_dpop_proof" | "insufficient_scope";
  scope?: string;
  detail: string;
  /** What only the log, and in the test setting the caller, is told. */
  reason?: string;
}

/** Makes the refusals of one request, and writes their reasons to the log. DPoP is the only scheme that is accepted here. */
const refusalsOf =
  ({ explains }: PartyTokenDeps, { log, routeOptions }: FastifyRequest) =>
  ({ error, scope, detail, reason }: Refused): TokenRefusal => {
    const told = { endpoint: routeOptions.url, error, reason: asDescription(reason ?? detail) };
    if (error !== undefined) log.warn(told, "a request was refused");
    const explained = explains && reason !== undefined ? `${detail} Reason: ${reason}.` : detail;
    return new TokenRefusal({ scheme: "DPoP", realm: "", error, scope, detail: explained });
  };

interface Given {
  token: string;
  proof: string;
}

/** The token's claims, once it and its proof are verified (RFC 9068 §4, RFC 9449 §4.3). */
async function validated(
  deps: PartyTokenDeps,
  request: FastifyRequest,
  { token, proof }: Given,
): Promise<z.infer<typeof tokenClaims>> {
  const { publicUrl, tokenKeys } = deps;
  const { method, raw } = request;
  try {
    const headers = { authorization: `DPoP ${token}`, dpop: proof };
    const asked = new Request(`${publicUrl}${raw.url}`, { method, headers });
    const given = await validateJwtAccessToken(serverOf(publicUrl, tokenKeys), asked, publicUrl, {
      requireDPoP: true,
      signingAlgorithms: ["ES256"],
      [clockTolerance]: clockSkewSeconds,
      [customFetch]: async () => Response.json({ keys: tokenKeys.map(({ publicJwk }) => publicJwk) }),
    });
    const now = new Date();
    // The library would accept a proof up to five minutes old, and a token after its expiry within the clock tolerance.
    requireProofTime(proof, now);
    const claims = tokenClaims.parse(given);
    if (claims.exp * 1_000 <= now.getTime()) throw new RangeError("The token has ended.");
    return claims;
  } catch {
    const fault = await faultOf(deps, request, { token, proof });
    throw refusalsOf(deps, request)({ ...fault, detail: doesNotVerify });
  }
}

const doesNotVerify =
  "The token or its proof does not verify, has expired, or is for another request, token or key.";

/** Which of the two is at fault, after one of them was refused. */
async function faultOf(
  { publicUrl, tokenKeys }: PartyTokenDeps,
  { method, raw }: FastifyRequest,
  { token, proof }: Given,
): Promise<Pick<Refused, "error" | "reason">> {
  const now = new Date();
  const ofToken = await tokenFault(token, {
    publicUrl,
    keys: tokenKeys.map(({ publicJwk }) => publicJwk),
    now,
  });
  if (typeof ofToken === "string") return { error: "invalid_token", reason: ofToken };
  const url = new URL(`${publicUrl}${raw.url}`);
  const request = { method, url: `${url.origin}${url.pathname}`, token, ...ofToken, now, isReplayed: false };
  return { error: "invalid_dpop_proof", reason: await proofFault(proof, request) };
}

const servers = new WeakMap<PartyTokenDeps["tokenKeys"], AuthorizationServer>();

/**
 * Our own issuer's metadata for the library, which caches the keys by it. Its URL is never fetched, because the keys are passed
 * in.
 */
function serverOf(publicUrl: string, keys: PartyTokenDeps["tokenKeys"]): AuthorizationServer {
  const server = servers.get(keys) ?? {
    issuer: issuerUrl(publicUrl, "openid"),
    jwks_uri: "https://keys.invalid/jwks",
  };
  servers.set(keys, server);
  return server;
}

/** Proofs of one key are distinguished by their `jti`, until they can no longer be accepted. */
async function requireFirstUse(
  deps: PartyTokenDeps,
  request: FastifyRequest,
  { jkt, proof }: { jkt: string; proof: string },
): Promise<void> {
  const { data: claims } = proofClaims.safeParse(decodeJwt(proof));
  const refuse = refusalsOf(deps, request);
  const error = "invalid_dpop_proof";
  if (!claims) throw refuse({ error, detail: "The DPoP proof has no jti, or one that is too long." });
  const id = `${jkt}.${await sha256(utf8(claims.jti))}`;
  if (await useOnce(deps.pool, "resource-proof", id, proofSeconds + 2 * clockSkewSeconds)) return;
  const reason = "the jti of this proof was used before: make a new proof for every request";
  throw refuse({ error, detail: "The DPoP proof was used before.", reason });
}
