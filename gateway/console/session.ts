import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { Refusal } from "../../domain/refusal.ts";
import { findSession, type OperatorSession } from "../../registry/console/sessions.ts";
import { readCookie } from "../cookie.ts";
import type { ConsoleDeps } from "./console.ts";
import { cookieNames } from "./cookie.ts";
import { may, type Permission } from "./roles.ts";

export interface SignedIn extends OperatorSession {
  token: string;
}

/** The header for a write's CSRF token, which only our own page can set. */
export const csrfHeader = "x-kazasu-csrf";

/** The CSRF token: readable through `/console/api/session`, valid for this session only. */
export const csrfOf = (token: string): string =>
  createHash("sha256").update(`console-csrf ${token}`).digest("base64url");

/**
 * Requires a session with this permission; a write must also come from our own page.
 * @throws Refusal OPERATOR_LOGIN_REQUIRED, OPERATOR_MAY_NOT, CSRF_REFUSED
 */
export async function requirePermission(
  { pool, clock, settings, limits }: ConsoleDeps,
  request: FastifyRequest,
  permission: Permission,
): Promise<SignedIn> {
  const token = readCookie(request, cookieNames.session);
  const session = token === undefined ? undefined : await findSession(pool, token, clock());
  if (token === undefined || session === undefined)
    throw new Refusal({ code: "OPERATOR_LOGIN_REQUIRED", detail: "There is no session, or it has ended." });
  limits?.session(token);
  if (request.method !== "GET") requireOwnPage(request, token, settings.origin);
  if (!may(session.roles, permission))
    throw new Refusal({
      code: "OPERATOR_MAY_NOT",
      detail: `The session's roles do not allow ${permission}.`,
    });
  return { ...session, token };
}

/** Checks Origin (Fetch standard §3.1) and the session's token: another site's page can send neither. */
export function requireOwnPage(request: FastifyRequest, token: string, origin: string): void {
  const refused = (detail: string) => new Refusal({ code: "CSRF_REFUSED", detail });
  if (request.headers.origin !== origin)
    throw refused("The request does not come from the console's origin.");
  const given = Buffer.from(String(request.headers[csrfHeader] ?? ""));
  const expected = Buffer.from(csrfOf(token));
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw refused(`The ${csrfHeader} header is not that of this session.`);
}
