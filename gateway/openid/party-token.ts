import type { FastifyRequest } from "fastify";
import { decodeJwt } from "jose";
import { type AuthorizationServer, clockTolerance, customFetch, validateJwtAccessToken } from "oauth4webapi";
import type { Pool } from "pg";
import * as z from "zod";
import { Refusal } from "../../domain/refusal.ts";
import { sha256, utf8 } from "../../protocol/encoding.ts";
import type { partyScopes } from "../../protocol/events.ts";
import { storedText } from "../../protocol/stored-text.ts";
import { useOnce } from "../../registry/issuance/single-uses.ts";
import { findPartyClient } from "../../registry/party/clients.ts";
import type { ProvenLimits } from "../limits/proven-limits.ts";
import { clockSkewSeconds, proofSeconds, requireProofTime } from "./proof-times.ts";
import { openIdIssuer } from "./provider.ts";
import type { TokenKey } from "./signing-key.ts";

export interface PartyTokenDeps {
  pool: Pool;
  publicUrl: string;
  /** The keys under which access tokens verify. */
  tokenKeys: readonly Pick<TokenKey, "publicJwk">[];
  limits?: Pick<ProvenLimits, "party">;
}

export interface RequestingParty {
  partyId: string;
  clientId: string;
  /** Thumbprint of the key that the token is bound to (RFC 7638). */
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
 * Which party a request is from: an access token of ours (RFC 9068) with the scope, bound to the key of a fresh DPoP
 * proof (RFC 9449 §4.3) for this very method, address and token, used once.
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
    throw refused("A token under the DPoP scheme and one proof are needed.");
  const claims = await validated(deps, request, { token, proof });
  await requireFirstUse(deps.pool, claims.cnf.jkt, proof);
  if (!claims.scope.split(" ").includes(scope)) throw refused(`The token has not the scope ${scope}.`);
  const client = await findPartyClient(deps.pool, claims.client_id);
  if (!client) throw refused("The token's client is not registered.");
  deps.limits?.party(client.partyId);
  return { partyId: client.partyId, clientId: client.id, jkt: claims.cnf.jkt };
}

/** What the token says, once it and its proof hold (RFC 9068 §4, RFC 9449 §4.3). Whatever is wrong is one refusal. */
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
    // The library would take a proof of five minutes, and a token for as long after its end as clocks may differ.
    requireProofTime(proof, now);
    const claims = tokenClaims.parse(given);
    if (claims.exp * 1_000 <= now.getTime()) throw new RangeError("The token has ended.");
    return claims;
  } catch {
    throw refused(
      "The token or its proof does not verify, has ended, or is for another request, token or key.",
    );
  }
}

const servers = new WeakMap<PartyTokenDeps["tokenKeys"], AuthorizationServer>();

/** Our own issuer as the library knows one; it keeps the keys by it. The address is none: the keys are here. */
function serverOf(publicUrl: string, keys: PartyTokenDeps["tokenKeys"]): AuthorizationServer {
  const server = servers.get(keys) ?? {
    issuer: openIdIssuer(publicUrl),
    jwks_uri: "https://keys.invalid/jwks",
  };
  servers.set(keys, server);
  return server;
}

/** One key's proofs are distinguished by their `jti`, until the last moment at which one could be presented again. */
async function requireFirstUse(pool: Pool, jkt: string, proof: string): Promise<void> {
  const { data: claims } = proofClaims.safeParse(decodeJwt(proof));
  if (!claims) throw refused("The DPoP proof has no id by which it could be known again.");
  const id = `${jkt}.${await sha256(utf8(claims.jti))}`;
  if (!(await useOnce(pool, "resource-proof", id, proofSeconds + 2 * clockSkewSeconds)))
    throw refused("The DPoP proof was used before.");
}

const refused = (detail: string): Refusal => new Refusal({ code: "PARTY_TOKEN_INVALID", detail });
