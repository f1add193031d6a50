import { createHash } from "node:crypto";
import { calculateJwkThumbprint, createLocalJWKSet, EmbeddedJWK, type JSONWebKeySet, jwtVerify } from "jose";
import { z } from "zod";
import type { Authority } from "../party/authority.ts";

/** Tolerance for another party's clock (FAPI 2.0 §5.3.2.1). */
const clockSkewSeconds = 10;

const claims = z.object({
  sub: z.string().max(256),
  party: z.string().max(64),
  dataset: z.string().max(200),
  cnf: z.object({ jkt: z.string() }),
});
const proofClaims = z.object({ jti: z.string(), htm: z.string(), htu: z.string(), ath: z.string() });
const openIdConfiguration = z.object({ issuer: z.url(), jwks_uri: z.url() });

/** Another party's request for a person's data, from its headers. */
export interface LinkedRequest {
  method: string;
  url: string;
  authorization: string | undefined;
  dpop: string | undefined;
}

/**
 * Verifies another party's request under a link: the CA's token for us, and the proof of possession of its key (RFC 9449 §4.3).
 * Undefined if it is not valid.
 */
export async function readLinkedRequest(
  authority: Authority,
  { method, url, authorization = "", dpop = "" }: LinkedRequest,
  party: string,
): Promise<{ linkSubject: string; party: string; dataset: string } | undefined> {
  const token = /^DPoP ([\w.-]+)$/.exec(authorization)?.[1] ?? "";
  const { issuer, jwks_uri: keysAt } = openIdConfiguration.parse(
    await authority.read(`${authority.gateway}/openid/.well-known/openid-configuration`),
  );
  const keys = createLocalJWKSet((await authority.read(keysAt)) as JSONWebKeySet);
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      typ: "kazasu-link+jwt",
      audience: `urn:kazasu:party:${party}`,
      algorithms: ["ES256"],
      requiredClaims: ["exp"],
      clockTolerance: clockSkewSeconds,
    });
    const proof = await jwtVerify(dpop, EmbeddedJWK, {
      typ: "dpop+jwt",
      algorithms: ["ES256"],
      maxTokenAge: 60,
      clockTolerance: clockSkewSeconds,
    });
    const { htm, htu, ath } = proofClaims.parse(proof.payload);
    const { sub: linkSubject, party: asking, dataset, cnf } = claims.parse(payload);
    const { jwk } = proof.protectedHeader;
    const isBound =
      jwk !== undefined &&
      (await calculateJwkThumbprint(jwk)) === cnf.jkt &&
      htm === method &&
      htu === url &&
      ath === createHash("sha256").update(token).digest("base64url");
    return isBound ? { linkSubject, party: asking, dataset } : undefined;
  } catch {
    return undefined;
  }
}
