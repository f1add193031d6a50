import { randomBytes } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import * as openid from "openid-client";
import { Refusal } from "../../domain/refusal.ts";
import { audit } from "../../registry/audit/lines.ts";
import { addLogin, addSession, endSession, takeLogin } from "../../registry/console/sessions.ts";
import { transaction } from "../../registry/database.ts";
import { readCookie, setCookie } from "../cookie.ts";
import { placeOf } from "../limits/door.ts";
import type { ConsoleDeps } from "./console.ts";
import { cookieNames } from "./cookie.ts";
import { knownBrowser, markKnown } from "./known-browser.ts";
import { permissionsOf, rolesOf } from "./roles.ts";
import { csrfOf, requirePermission } from "./session.ts";

/** Time limit of a login at the provider, seconds. */
const loginSeconds = 600;

/** Subjects that may be written to the audit log: printable and short. */
const subjectShape = /^[\x21-\x7e]{1,120}$/;

const newToken = (): string => randomBytes(32).toString("base64url");

/** OpenID Connect with the authorization code flow, `state`, `nonce` and PKCE: `/console/login` and logout. */
export function loginRoutes(server: FastifyInstance, deps: ConsoleDeps): void {
  const redirectUri = `${deps.settings.origin}/console/callback`;

  // Rate-limited separately from the public endpoints, and by browser if an operator has used it before.
  const keyGenerator = (request: FastifyRequest) => knownBrowser(request, deps.secret) ?? placeOf(request);
  const ownCount = { config: { rateLimit: { groupId: "console-login", keyGenerator } } };
  server.get("/console/login", ownCount, async (_request, reply) => {
    const provider = await reach(deps);
    const pending = {
      state: openid.randomState(),
      nonce: openid.randomNonce(),
      codeVerifier: openid.randomPKCECodeVerifier(),
    };
    const token = newToken();
    await addLogin(deps.pool, token, pending, { now: deps.clock(), seconds: loginSeconds });
    setCookie(reply, cookieNames.login, token, loginSeconds);
    const to = await addressOf(provider, {
      redirect_uri: redirectUri,
      scope: "openid",
      // Authenticate again after a logout, or at another operator's browser.
      prompt: "login",
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(pending.codeVerifier),
      code_challenge_method: "S256",
    });
    return reply.redirect(to.href, 303);
  });

  server.get("/console/callback", ownCount, async (request, reply) => {
    const held = readCookie(request, cookieNames.login);
    const pending = held === undefined ? undefined : await takeLogin(deps.pool, held, deps.clock());
    if (!pending) throw failed("This login was started in another browser, or has expired.");
    const { sub, ...claims } = await claimsOf(deps, new URL(request.url, deps.settings.origin), pending);
    const roles = rolesOf({ sub, ...claims }, deps.settings.roles);
    setCookie(reply, cookieNames.login, "", 0);
    if (!subjectShape.test(sub)) throw failed("The provider's subject for the operator cannot be stored.");
    if (roles.length === 0) {
      await audit(deps.pool, "operator-login-refused", sub);
      throw new Refusal({
        code: "OPERATOR_MAY_NOT",
        detail: "The provider assigns this operator no role.",
      });
    }
    const token = newToken();
    const { sessionSeconds } = deps.settings;
    await transaction(deps.pool, async (connection) => {
      const session = { operator: sub, roles };
      await addSession(connection, token, session, { now: deps.clock(), seconds: sessionSeconds });
      await audit(connection, "operator-logged-in", sub, { roles: roles.join() });
    });
    setCookie(reply, cookieNames.session, token, sessionSeconds);
    markKnown(reply, deps.secret);
    return reply.redirect("/console/", 303);
  });

  server.get("/console/api/session", async (request) => {
    const { operator, roles, expiresAt, token } = await requirePermission(deps, request, "view");
    return { operator, roles, may: permissionsOf(roles), expiresAt, csrf: csrfOf(token) };
  });

  server.post("/console/api/logout", async (request) => {
    const { operator, token } = await requirePermission(deps, request, "view");
    await transaction(deps.pool, async (connection) => {
      await endSession(connection, token);
      await audit(connection, "operator-logged-out", operator);
    });
    return {};
  });
}

async function claimsOf(
  deps: ConsoleDeps,
  callback: URL,
  pending: { state: string; nonce: string; codeVerifier: string },
): Promise<openid.IDToken> {
  const provider = await reach(deps);
  try {
    const checks = {
      expectedState: pending.state,
      expectedNonce: pending.nonce,
      pkceCodeVerifier: pending.codeVerifier,
      idTokenExpected: true,
    };
    const tokens = await openid.authorizationCodeGrant(
      provider,
      callback,
      checks,
      {},
      await binding(provider),
    );
    const claims = tokens.claims();
    if (claims) return claims;
  } catch (error) {
    // Log only the class: a provider's answer may quote user input.
    deps.log.warn({ errorName: (error as Error).name }, "an operator's login was refused");
  }
  throw failed("The provider's answer is not for this login, or is a refusal.");
}

/** The redirect target. If the provider supports pushed authorization requests, the request is pushed first (RFC 9126). */
async function addressOf(provider: openid.Configuration, request: Record<string, string>): Promise<URL> {
  return provider.serverMetadata().pushed_authorization_request_endpoint === undefined
    ? openid.buildAuthorizationUrl(provider, request)
    : openid.buildAuthorizationUrlWithPAR(provider, request);
}

/** The tokens are not used afterwards: if they must be bound (RFC 9449), an ephemeral key is enough. */
async function binding(provider: openid.Configuration): Promise<openid.DPoPOptions> {
  if (provider.clientMetadata().dpop_bound_access_tokens !== true) return {};
  return { DPoP: openid.getDPoPHandle(provider, await openid.randomDPoPKeyPair("ES256")) };
}

async function reach(deps: ConsoleDeps): Promise<openid.Configuration> {
  try {
    return await deps.provider();
  } catch {
    throw new Refusal({ code: "TRY_AGAIN", detail: "The operators' OpenID provider does not answer." });
  }
}

const failed = (detail: string) => new Refusal({ code: "OPERATOR_LOGIN_FAILED", detail });
