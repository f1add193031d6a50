import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  EmbeddedJWK,
  type JSONWebKeySet,
  type JWK,
  type JWTVerifyGetKey,
  jwtVerify,
} from "jose";
import * as z from "zod";
import { sha256, utf8 } from "../../protocol/encoding.ts";
import { audienceOf } from "../../protocol/events.ts";
import { linkTokenClaims, linkTokenSeconds, linkTokenType } from "../../protocol/link.ts";
import { requireGiven } from "./required.ts";

/** The token or its proof is not valid. The message quotes nothing of it. */
export class LinkTokenInvalid extends Error {
  override name = "LinkTokenInvalid";
}

/** The requesting party, the person, the data and the purpose. */
export interface LinkedRequest {
  /** The person's identifier in this link: `linkSubject` of the link in `GET /v1/links`. */
  linkSubject: string;
  /** The requesting party. */
  party: string;
  dataset: string;
  purpose: string;
}

/** The expectations of {@link verifyLinkToken}. */
export interface LinkTokenExpectation {
  /** The CA's published keys (`/openid/jwks`), or a function that fetches them. */
  jwks: JSONWebKeySet | JWTVerifyGetKey;
  /** `<gateway>/openid`. */
  issuer: string;
  /** Our own id as a party. */
  party: string;
  /** Whether this id is seen for the first time; remember each for two minutes. */
  isNew: (id: string) => boolean | Promise<boolean>;
}

const proofClaims = z.looseObject({ jti: z.string(), htm: z.string(), htu: z.url(), ath: z.string() });

/**
 * Verifies another party's request under a link: `authorization: DPoP <token>` and a DPoP proof for exactly this request (RFC
 * 9449 §4.3). Offline: a token is valid for a minute, and none is issued after the person has withdrawn.
 * @param request method and URL without its query, and the two headers
 * @throws LinkTokenInvalid; TypeError if `issuer` or `party` is missing
 */
export async function verifyLinkToken(
  request: { method: string; url: string; authorization: string | undefined; dpop: string | undefined },
  expected: LinkTokenExpectation,
): Promise<LinkedRequest> {
  requireGiven({ issuer: expected.issuer, party: expected.party });
  const token = /^DPoP ([\w.~+/-]{1,4096}=*)$/i.exec(request.authorization ?? "")?.[1];
  if (token === undefined || request.dpop === undefined || request.dpop.length > 4_096)
    throw new LinkTokenInvalid("A token with the DPoP scheme and exactly one proof are required.");
  const claims = await read(token, expected);
  const id = await requireProof(request, { token, proof: request.dpop, jkt: claims.cnf.jkt });
  if (!(await expected.isNew(id))) throw new LinkTokenInvalid("The proof was used before.");
  const { sub: linkSubject, party, dataset, purpose } = claims;
  return { linkSubject, party, dataset, purpose };
}

async function read(token: string, { jwks, issuer, party }: LinkTokenExpectation) {
  const options = {
    typ: linkTokenType,
    issuer,
    audience: audienceOf(party),
    algorithms: ["ES256"],
    maxTokenAge: linkTokenSeconds,
    clockTolerance: 10,
    requiredClaims: ["exp", "jti"],
  };
  const keys = typeof jwks === "function" ? jwks : createLocalJWKSet(jwks);
  const verified = await jwtVerify(token, keys, options).catch((cause: unknown) => {
    throw new LinkTokenInvalid("The token does not verify, or has expired.", { cause });
  });
  const claims = linkTokenClaims.safeParse(verified.payload);
  if (!claims.success) throw new LinkTokenInvalid("The token is not a link token.");
  return claims.data;
}

async function requireProof(
  { method, url }: { method: string; url: string },
  { token, proof, jkt }: { token: string; proof: string; jkt: string },
): Promise<string> {
  const options = {
    typ: "dpop+jwt",
    algorithms: ["ES256"],
    maxTokenAge: linkTokenSeconds,
    clockTolerance: 10,
  };
  const verified = await jwtVerify(proof, EmbeddedJWK, options).catch((cause: unknown) => {
    throw new LinkTokenInvalid("The proof does not verify, or is too old.", { cause });
  });
  const { data: claims } = proofClaims.safeParse(verified.payload);
  const holds =
    claims !== undefined &&
    claims.htm === method &&
    claims.htu.split("?")[0] === url.split("?")[0] &&
    claims.ath === (await sha256(utf8(token))) &&
    jkt === (await calculateJwkThumbprint(verified.protectedHeader.jwk as JWK));
  if (!holds) throw new LinkTokenInvalid("The proof is for another request, token or key.");
  return `${jkt}.${claims.jti}`;
}
