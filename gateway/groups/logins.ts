import type { FastifyInstance } from "fastify";
import { type AppLinkDeps, appLinkRoute } from "../login/app-link.ts";
import { loginRoutes } from "../login/routes.ts";
import { type OidcDeps, oidcIssuer } from "../openid/oidc-issuer.ts";
import { type OpenIdDeps, openIdIssuer } from "../openid/openid-issuer.ts";
import { issuerRoutes } from "../openid/routes.ts";
import { type LoginRouteDeps, loginAnswerRoutes } from "../routes/logins.ts";

/** Logins: the two OpenID issuers, the browser's pages, and the phone's answers. */
export interface LoginDeps
  extends OpenIdDeps,
    OidcDeps,
    Omit<LoginRouteDeps, "provider" | "limits" | "log">,
    AppLinkDeps {
  limits: NonNullable<OpenIdDeps["limits"]> & NonNullable<LoginRouteDeps["limits"]>;
}

export function loginGroup(server: FastifyInstance, deps: LoginDeps): void {
  const provider = openIdIssuer(deps);
  const issuers = [
    { ...deps, issuerName: "openid", provider },
    { ...deps, issuerName: "oidc", provider: oidcIssuer(deps) },
  ] as const;
  for (const issuer of issuers) {
    issuerRoutes(server, issuer);
    loginRoutes(server, issuer);
  }
  appLinkRoute(server, deps);
  // Logins without a browser are the issuer openid's.
  loginAnswerRoutes(server, { ...deps, provider });
}
