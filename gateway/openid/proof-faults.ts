import { createHash } from "node:crypto";
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, type JWK } from "jose";
import { clockSkewSeconds, proofSeconds } from "./proof-times.ts";
import { shown } from "./shown.ts";

/** The request that a refused DPoP proof came with. */
export interface ProofRequest {
  method: string;
  /** Without its query. */
  url: string;
  /** The access token and the thumbprint of its key, at a resource. */
  token?: string;
  jkt?: string | undefined;
  now: Date;
  /** Whether everything but the single use was right. */
  isReplayed: boolean;
}

/** Why a DPoP proof was refused: the first rule of RFC 9449 §4.3 that it breaks, for its developer. It was refused before. */
export async function proofFault(proof: string | undefined, request: ProofRequest): Promise<string> {
  if (proof === undefined || proof === "") return "no DPoP proof was sent: add the header DPoP";
  if (proof.includes(",")) return "more than one DPoP proof was sent";
  if (request.isReplayed) return "the jti of this proof was used before: make a new proof for every request";
  const decoded = decode(proof);
  if (!decoded) return "the DPoP proof is not a JWT";
  const { header, claims } = decoded;
  return (
    headerFault(header) ??
    addressFault(claims, request) ??
    timeFault(claims, request.now) ??
    (await bindingFault(header.jwk, claims, request)) ??
    "the signature does not verify with the jwk in the proof's header"
  );
}

interface Header {
  typ?: unknown;
  alg?: unknown;
  jwk?: unknown;
}
type Claims = Record<string, unknown>;

function decode(proof: string): { header: Header; claims: Claims } | undefined {
  try {
    return { header: decodeProtectedHeader(proof), claims: decodeJwt(proof) };
  } catch {
    return undefined;
  }
}

function headerFault({ typ, alg, jwk }: Header): string | undefined {
  if (typ !== "dpop+jwt") return `typ is ${shown(typ)}; expected dpop+jwt`;
  if (alg !== "ES256") return `alg is ${shown(alg)}; expected ES256`;
  if (typeof jwk !== "object" || jwk === null) return "the header has no jwk, the public key of the proof";
  return "d" in jwk ? "the jwk in the header contains the private key" : undefined;
}

function addressFault({ jti, htm, htu, nonce }: Claims, { method, url }: ProofRequest): string | undefined {
  if (typeof jti !== "string" || jti === "") return "the proof has no jti";
  if (htm !== method) return `htm is ${shown(htm)}; expected ${method}`;
  if (typeof htu !== "string" || !URL.canParse(htu)) return `htu is ${shown(htu)}; expected ${url}`;
  const named = new URL(htu);
  if (`${named.origin}${named.pathname}` !== url) return `htu is ${shown(htu)}; expected ${url}`;
  return nonce === undefined ? undefined : "the proof has a nonce, and this server gives none";
}

function timeFault({ iat, nbf = iat, exp }: Claims, now: Date): string | undefined {
  const seconds = Math.floor(now.getTime() / 1_000);
  if (typeof iat !== "number") return "the proof has no iat";
  const age = seconds - iat;
  if (age > proofSeconds + clockSkewSeconds)
    return `iat is ${age} seconds old; at most ${proofSeconds} are accepted: make a proof for every request, and check the clock`;
  if (typeof nbf !== "number" || Math.max(iat, nbf) > seconds + clockSkewSeconds)
    return `iat or nbf is in the future by more than ${clockSkewSeconds} seconds: check the clock`;
  return typeof exp === "number" && exp <= seconds - clockSkewSeconds ? "exp has passed" : undefined;
}

async function bindingFault(
  jwk: unknown,
  { ath }: Claims,
  { token, jkt }: ProofRequest,
): Promise<string | undefined> {
  if (token !== undefined && ath !== createHash("sha256").update(token).digest("base64url"))
    return "ath is not the SHA-256 of the access token in the request";
  if (jkt === undefined) return undefined;
  const isOther = await calculateJwkThumbprint(jwk as JWK).then(
    (thumbprint) => thumbprint !== jkt,
    () => false,
  );
  return isOther ? "the proof is signed by another key than the one to which the token is bound" : undefined;
}
