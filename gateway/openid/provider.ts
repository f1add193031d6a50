import type { Configuration, KoaContextWithOIDC } from "oidc-provider";
import type { Pool } from "pg";
import { identityAssuranceMetadata } from "../../domain/login/verified-claims/offered.ts";
import { type IssuerName, issuerUrl } from "../../protocol/issuer.ts";
import { keyedHash, type Sealer } from "../../registry/sealing.ts";
import type { ProvenLimits } from "../limits/proven-limits.ts";
import { subjectOf } from "./account.ts";
import { makeAdapter, nothingKept, replayAdapter } from "./adapter.ts";
import type { AssertionRules } from "./assertion-faults.ts";
import { clientAdapter, makeFetch } from "./clients.ts";
import type { ErrorDeps } from "./error-answers.ts";
import { renderErrors } from "./error-page.ts";
import { grantForLogin } from "./grant.ts";
import { errors, interactionPolicy } from "./library.ts";
import { clockSkewSeconds } from "./proof-times.ts";
import { StoredSigningKey, type TokenKey } from "./signing-key.ts";

/** Requests to endpoints registered by parties, never into our own networks; built in `workers/outbound.ts`. */
export interface OutsideFetch {
  /** Sends a ping to a party's server, or reads its keys. */
  fetchOutside: (url: string, init: RequestInit) => Promise<Response>;
}

/** Dependencies of both issuers. */
export interface ProviderDeps extends OutsideFetch, ErrorDeps {
  limits?: Pick<ProvenLimits, "client">;
  pool: Pool;
  sealer: Sealer;
  clock: () => Date;
  /** The gateway's public URL, without a trailing slash. */
  publicUrl: string;
  /** A secret shared by all gateways; cookie keys are derived from it. */
  secret: Uint8Array;
}

/** How long a browser stays in one login, seconds: two attempts of five minutes. */
const interactionSeconds = 600;

/** Cookie names with a prefix that browsers accept only over TLS, if TLS is used (RFC 6265bis §4.1.3). */
export function cookieNames(
  publicUrl: string,
  issuer: IssuerName,
): { session: string; interaction: string; resume: string } {
  const prefix = `${publicUrl.startsWith("https:") ? "__Secure-" : ""}kazasu${issuer === "openid" ? "" : `_${issuer}`}`;
  return {
    session: `${prefix}_session`,
    interaction: `${prefix}_login`,
    resume: `${prefix}_resume`,
  };
}

/** An authenticated client that exceeds its limit must wait. @throws CustomOIDCProviderError: HTTP 429 */
export function requirePace(context: KoaContextWithOIDC, waitSeconds: number | undefined): void {
  if (waitSeconds === undefined) return;
  context.set("retry-after", String(waitSeconds));
  const error = new errors.CustomOIDCProviderError(
    "temporarily_unavailable",
    "too many requests of this client",
  );
  throw Object.assign(error, { status: 429, statusCode: 429, expose: true });
}

/**
 * What both issuers have in common: the code flow with PKCE, clients that authenticate by a signed assertion (private_key_jwt,
 * RFC 7523), subjects that are pairwise by party, a person who confirms each login, and no session. Each issuer has its own
 * clients, keys, cookies and stored tokens, so that nothing of one is valid at the other.
 */
export function commonSettings(
  deps: ProviderDeps,
  issuer: IssuerName,
  { keys, assertion }: { keys: readonly TokenKey[]; assertion: AssertionRules },
) {
  const { pool, sealer, publicUrl, explains } = deps;
  const policy = interactionPolicy.base();
  // A party may read what the person has consented to in the app; that is checked at the time of reading.
  policy.remove("consent");
  const kept = issuer === "openid" ? "" : `${issuer}:`;
  return {
    adapter(model: string) {
      if (model === "Client") return clientAdapter(deps, issuer);
      // No session is resumed: its cookie is removed from every request (routes.ts).
      if (model === "Session") return nothingKept;
      return model === "ReplayDetection" ? replayAdapter(pool) : makeAdapter(pool, sealer, `${kept}${model}`);
    },
    jwks: { keys: keys.map((key) => new StoredSigningKey(key)) },
    cookies: {
      names: cookieNames(publicUrl, issuer),
      keys: [keyedHash(deps.secret, `${issuer}-cookies`).toString("base64url")],
    },
    clientAuthMethods: ["private_key_jwt"],
    subjectTypes: ["pairwise"],
    responseTypes: ["code", "none"],
    discovery: identityAssuranceMetadata,
    clockTolerance: clockSkewSeconds,
    renderError: renderErrors({ pool, publicUrl, assertion }, explains),
    loadExistingGrant: grantForLogin,
    pairwiseIdentifier: (context, accountId) => subjectOf(deps, context, accountId),
    sectorIdentifierUriValidate: () => false,
    expiresWithSession: () => false,
    interactions: {
      policy,
      url: (_context, { uid }) => `${new URL(issuerUrl(publicUrl, issuer)).pathname}/login/${uid}`,
    },
    pkce: { required: () => true },
    fetch: makeFetch(deps) as typeof fetch,
    ttl: { AuthorizationCode: 60, Interaction: interactionSeconds, Session: interactionSeconds },
  } satisfies Configuration;
}
