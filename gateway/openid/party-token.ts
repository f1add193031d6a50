import type { FastifyRequest } from "fastify";
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  EmbeddedJWK,
  type JWK,
  type JWTVerifyResult,
  jwtVerify,
} from "jose";
import type { Pool } from "pg";
import * as z from "zod";
import { Refusal } from "../../domain/refusal.ts";
import { sha256, utf8 } from "../../protocol/encoding.ts";
import type { partyScopes } from "../../protocol/events.ts";
import { storedText } from "../../protocol/stored-text.ts";
import { useOnce } from "../../registry/issuance/single-uses.ts";
import { findPartyClient } from "../../registry/party/clients.ts";
import type { ProvenLimits } from "../limits/proven-limits.ts";
import { clockSkewSeconds, proofSeconds } from "./proof-times.ts";
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
});
const proofClaims = z.looseObject({
  jti: storedText(256).min(1),
  htm: z.string(),
  htu: z.url(),
  ath: z.string(),
});

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
  const claims = await readToken(deps, token);
  await requireProof(deps, request, { token, proof, jkt: claims.cnf.jkt });
  if (!claims.scope.split(" ").includes(scope)) throw refused(`The token has not the scope ${scope}.`);
  const client = await findPartyClient(deps.pool, claims.client_id);
  if (!client) throw refused("The token's client is not registered.");
  deps.limits?.party(client.partyId);
  return { partyId: client.partyId, clientId: client.id, jkt: claims.cnf.jkt };
}

async function readToken({ publicUrl, tokenKeys }: PartyTokenDeps, token: string) {
  const keys = tokenKeys.map(({ publicJwk }) => publicJwk);
  const verifying = jwtVerify(token, createLocalJWKSet({ keys }), {
    algorithms: ["ES256"],
    typ: "at+jwt",
    issuer: openIdIssuer(publicUrl),
    audience: publicUrl,
    requiredClaims: ["exp"],
  });
  const claims = tokenClaims.safeParse((await verified(verifying)).payload);
  if (!claims.success) throw refused("The token is not bound to a sender's key.");
  return claims.data;
}

async function requireProof(
  { pool, publicUrl }: PartyTokenDeps,
  request: FastifyRequest,
  { token, proof, jkt }: { token: string; proof: string; jkt: string },
): Promise<void> {
  const verifying = jwtVerify(proof, EmbeddedJWK, {
    algorithms: ["ES256"],
    typ: "dpop+jwt",
    maxTokenAge: proofSeconds,
    clockTolerance: clockSkewSeconds,
  });
  const { payload, protectedHeader } = await verified(verifying);
  const { data: claims } = proofClaims.safeParse(payload);
  const holds =
    claims !== undefined &&
    claims.htm === request.method &&
    withoutQuery(claims.htu) === withoutQuery(`${publicUrl}${request.raw.url}`) &&
    claims.ath === (await sha256(utf8(token))) &&
    jkt === (await calculateJwkThumbprint(protectedHeader.jwk as JWK));
  if (!holds) throw refused("The DPoP proof is for another request, token or key.");
  // One key's proofs are told apart by their `jti`, until the last moment at which one could be presented again.
  const id = `${jkt}.${await sha256(utf8(claims.jti))}`;
  if (!(await useOnce(pool, "resource-proof", id, proofSeconds + 2 * clockSkewSeconds)))
    throw refused("The DPoP proof was used before.");
}

/** Of a proof's address only scheme, host and path count (RFC 9449 §4.3). */
function withoutQuery(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const { origin, pathname } = new URL(address);
  return origin + pathname;
}

/** Whatever is wrong with what somebody sent, a key that is none included, is one refusal. */
async function verified<T extends JWTVerifyResult>(verifying: Promise<T>): Promise<T> {
  try {
    return await verifying;
  } catch {
    throw refused("The token or its proof does not verify, or has ended.");
  }
}

const refused = (detail: string): Refusal => new Refusal({ code: "PARTY_TOKEN_INVALID", detail });
