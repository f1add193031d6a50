import type { FastifyInstance } from "fastify";
import { loginRoutes } from "../login/routes.ts";
import { makeProvider, type OpenIdDeps } from "../openid/provider.ts";
import { openIdRoutes } from "../openid/routes.ts";
import { type LoginRouteDeps, loginAnswerRoutes } from "../routes/logins.ts";

/** Logins: the OpenID provider, the browser's page, and the phone's answers. */
export interface LoginDeps extends OpenIdDeps, Omit<LoginRouteDeps, "provider" | "limits"> {
  limits: NonNullable<OpenIdDeps["limits"]> & NonNullable<LoginRouteDeps["limits"]>;
}

export function loginGroup(server: FastifyInstance, deps: LoginDeps): void {
  const provider = makeProvider(deps);
  const logins = { ...deps, provider };
  openIdRoutes(server, logins);
  loginRoutes(server, logins);
  loginAnswerRoutes(server, logins);
}
