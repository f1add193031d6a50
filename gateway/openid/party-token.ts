import type { FastifyRequest } from "fastify";
import { decodeJwt } from "jose";
import { type AuthorizationServer, clockTolerance, customFetch, validateJwtAccessToken } from "oauth4webapi";
import type { Pool } from "pg";
import * as z from "zod";
import { Refusal } from "../../domain/refusal.ts";
import { sha256, utf8 } from "../../protocol/encoding.ts";
import type { partyScopes } from "../../protocol/events.ts";
import { issuerUrl } from "../../protocol/issuer.ts";
import { storedText } from "../../protocol/stored-text.ts";
import { useOnce } from "../../registry/issuance/single-uses.ts";
import { findPartyClient } from "../../registry/party/clients.ts";
import type { ProvenLimits } from "../limits/proven-limits.ts";
import { clockSkewSeconds, proofSeconds, requireProofTime } from "./proof-times.ts";
import type { TokenKey } from "./signing-key.ts";

export interface PartyTokenDeps {
  pool: Pool;
  publicUrl: string;
  /** The keys that verify access tokens. */
  tokenKeys: readonly Pick<TokenKey, "publicJwk">[];
  limits?: Pick<ProvenLimits, "party">;
}

export interface RequestingParty {
  partyId: string;
  clientId: string;
  /** Thumbprint of the token's key (RFC 7638). */
  jkt: string;
}

const longestProof = 4_096;
const scheme = /^DPoP ([\w.~+/-]{1,4096}=*)$/i;

const tokenClaims = z.looseObject({
  client_id: z.string(),
  scope: z.string().default(""),
  cnf: z.object({ jkt: z.string() }),
  exp: z.number(),
});
const proofClaims = z.looseObject({ jti: storedText(256).min(1) });

/**
 * The party of a request: an access token of ours (RFC 9068) with the scope, bound to the key of a fresh DPoP proof (RFC 9449
 * §4.3) for exactly this method, URL and token, used once.
 * @throws Refusal PARTY_TOKEN_INVALID, whatever the flaw
 */
export async function requireParty(
  deps: PartyTokenDeps,
  request: FastifyRequest,
  scope: (typeof partyScopes)[number],
): Promise<RequestingParty> {
  const token = scheme.exec(request.headers.authorization ?? "")?.[1];
  const proof = request.headers["dpop"];
  if (token === undefined || typeof proof !== "string" || proof.length > longestProof)
    throw refused("A token with the DPoP scheme and exactly one proof are required.");
  const claims = await validated(deps, request, { token, proof });
  await requireFirstUse(deps.pool, claims.cnf.jkt, proof);
  if (!claims.scope.split(" ").includes(scope)) throw refused(`The token does not have the scope ${scope}.`);
  const client = await findPartyClient(deps.pool, claims.client_id);
  if (!client) throw refused("The token's client is not registered.");
  deps.limits?.party(client.partyId);
  return { partyId: client.partyId, clientId: client.id, jkt: claims.cnf.jkt };
}

/** The token's claims, once it and its proof are verified (RFC 9068 §4, RFC 9449 §4.3). Every flaw gives one refusal. */
async function validated(
  { publicUrl, tokenKeys }: PartyTokenDeps,
  { method, raw }: FastifyRequest,
  { token, proof }: { token: string; proof: string },
): Promise<z.infer<typeof tokenClaims>> {
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
    throw refused(
      "The token or its proof does not verify, has expired, or is for another request, token or key.",
    );
  }
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
async function requireFirstUse(pool: Pool, jkt: string, proof: string): Promise<void> {
  const { data: claims } = proofClaims.safeParse(decodeJwt(proof));
  if (!claims) throw refused("The DPoP proof has no jti.");
  const id = `${jkt}.${await sha256(utf8(claims.jti))}`;
  if (!(await useOnce(pool, "resource-proof", id, proofSeconds + 2 * clockSkewSeconds)))
    throw refused("The DPoP proof was used before.");
}

const refused = (detail: string): Refusal => new Refusal({ code: "PARTY_TOKEN_INVALID", detail });
