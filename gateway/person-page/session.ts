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

/** Of this host alone (`__Host-`): the page's host is not the gateway's. */
export const pageCookies = { visit: "__Host-kazasu-visit", session: "__Host-kazasu-page" } as const;

export interface OpenedPage extends PageSession {
  token: string;
}

/** What a browser is known by. */
export const newToken = (): string => randomBytes(32).toString("base64url");

/** The person to whom the page is open in this browser; `undefined` where it is closed. */
export async function openedPage(
  { pool, clock }: Pick<PersonPageDeps, "pool" | "clock">,
  request: FastifyRequest,
): Promise<OpenedPage | undefined> {
  const token = readCookie(request, pageCookies.session);
  const session = token === undefined ? undefined : await findPageSession(pool, token, clock());
  return token !== undefined && session ? { ...session, token } : undefined;
}

/** The tap that was begun in this browser. */
export async function visitHere(
  { pool }: Pick<PersonPageDeps, "pool">,
  request: FastifyRequest,
): Promise<Visit | undefined> {
  const token = readCookie(request, pageCookies.visit);
  return token === undefined ? undefined : visitOfBrowser(pool, token);
}

/** The token of a form: of use in this session alone. */
export const formToken = (token: string): string =>
  createHash("sha256").update(`person-page-form ${token}`).digest("base64url");

/** A form of ours: it comes from the page's origin (Fetch standard §3.1), and carries the session's token where there is one. */
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
      throw refused("The form is not one of this session.");
  }
  return fields;
}
