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

/** The header that a page of ours, and no other, can put a write's token into. */
export const csrfHeader = "x-kazasu-csrf";

/** The token of writes: known to who may read `/console/api/session`, of use with this session alone. */
export const csrfOf = (token: string): string =>
  createHash("sha256").update(`console-csrf ${token}`).digest("base64url");

/**
 * Whoever asks is signed in and may do this; a write also comes from our own page.
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

/** Origin (Fetch standard §3.1) and the session's token: neither can be sent by another site's page. */
export function requireOwnPage(request: FastifyRequest, token: string, origin: string): void {
  const refused = (detail: string) => new Refusal({ code: "CSRF_REFUSED", detail });
  if (request.headers.origin !== origin)
    throw refused("The request does not come from the console's origin.");
  const given = Buffer.from(String(request.headers[csrfHeader] ?? ""));
  const expected = Buffer.from(csrfOf(token));
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw refused(`The ${csrfHeader} header is not that of this session.`);
}
