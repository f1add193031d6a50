import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { Refusal } from "../../domain/refusal.ts";
import {
  findPageSession,
  type PageSession,
  type Visit,
  visitOfBrowser,
} from "../../registry/person-page/visits.ts";
import { readCookie } from "../cookie.ts";
import type { PersonPageDeps } from "./deps.ts";

/** For this host only (`__Host-`): the page's host is not the gateway's. */
export const pageCookies = { visit: "__Host-kazasu-visit", session: "__Host-kazasu-page" } as const;

export interface OpenedPage extends PageSession {
  token: string;
}

/** A browser's token. */
export const newToken = (): string => randomBytes(32).toString("base64url");

/** The person whose page is open in this browser; `undefined` if none is. */
export async function openedPage(
  { pool, clock }: Pick<PersonPageDeps, "pool" | "clock">,
  request: FastifyRequest,
): Promise<OpenedPage | undefined> {
  const token = readCookie(request, pageCookies.session);
  const session = token === undefined ? undefined : await findPageSession(pool, token, clock());
  return token !== undefined && session ? { ...session, token } : undefined;
}

/** The visit that was begun in this browser. */
export async function visitHere(
  { pool }: Pick<PersonPageDeps, "pool">,
  request: FastifyRequest,
): Promise<Visit | undefined> {
  const token = readCookie(request, pageCookies.visit);
  return token === undefined ? undefined : visitOfBrowser(pool, token);
}

/** A form's CSRF token, valid for this session only. */
export const formToken = (token: string): string =>
  createHash("sha256").update(`person-page-form ${token}`).digest("base64url");

/**
 * Checks that a form is ours: sent from the page's origin (Fetch standard §3.1), with the session's token if there is a
 * session.
 */
export function requireOwnForm(
  request: FastifyRequest,
  pageUrl: string,
  page?: OpenedPage,
): Record<string, string> {
  const refused = (detail: string) => new Refusal({ code: "CSRF_REFUSED", detail });
  if (request.headers.origin !== new URL(pageUrl).origin)
    throw refused("The form does not come from the page's own origin.");
  const fields = (request.body ?? {}) as Record<string, string>;
  if (page) {
    const given = Buffer.from(fields["form"] ?? "");
    const expected = Buffer.from(formToken(page.token));
    if (given.length !== expected.length || !timingSafeEqual(given, expected))
      throw refused("The form does not belong to this session.");
  }
  return fields;
}
