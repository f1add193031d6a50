import { createHash, randomBytes } from "node:crypto";
import type { Account, FindAccount, KoaContextWithOIDC } from "oidc-provider";
import * as z from "zod";
import { activeEnrolments } from "../../registry/issuance/enrolments.ts";
import { type AnsweredLogin, findAnsweredLogin } from "../../registry/login/answered.ts";
import { addLoginBrowser } from "../../registry/login/browsers.ts";
import type { Login } from "../../registry/login/logins.ts";
import { type AttributeClaimsDeps, attributeClaims } from "./attribute-claims.ts";

export type AccountDeps = AttributeClaimsDeps;

/** How long a browser that was used for a login on the same device can be named in a backchannel request, days. */
const browserDays = 400;

/**
 * An account is one login: the provider's storage identifies nobody, and two logins have nothing in common. It ends with the
 * enrolment that answered (a revoked phone's code gives no token, its token no claims).
 */
export function findAccountOf(deps: AccountDeps): FindAccount {
  return async (_context, sub): Promise<(Account & { pseudonym: string | null }) | undefined> => {
    if (!z.uuid().safeParse(sub).success) return undefined;
    const answered = await findAnsweredLogin(deps.pool, sub, deps.clock());
    if (!answered || !(await isStillValid(deps, answered))) return undefined;
    const { login, pseudonym } = answered;
    return {
      accountId: sub,
      pseudonym,
      async claims(use, scope, claims) {
        if (use !== "id_token") return { sub, ...(await attributeClaims(deps, login, { scope, claims })) };
        // The back channel, for which the browser's token is, is the issuer openid's.
        return { sub, ...(login.issuer === "openid" ? await browserHint(deps, login) : {}) };
      },
    };
  };
}

async function isStillValid(
  { pool }: AccountDeps,
  { login, hasGoodEnrolment }: AnsweredLogin,
): Promise<boolean> {
  if (login.enrolmentId) return hasGoodEnrolment;
  return login.personId !== null && (await activeEnrolments(pool, login.personId, login.partyId)).length > 0;
}

/** The subject is the person's pairwise pseudonym at the party, the same for all its clients. */
export async function subjectOf(
  { pool, clock }: Pick<AccountDeps, "pool" | "clock">,
  { oidc }: KoaContextWithOIDC,
  loginId: string,
): Promise<string> {
  // The account that this request has already found, if it is of this login.
  const account = oidc.account?.accountId === loginId ? oidc.account : undefined;
  const { pseudonym } = account ?? (await findAnsweredLogin(pool, loginId, clock())) ?? {};
  if (typeof pseudonym !== "string")
    throw new Error("An answered login has no person; the registry is damaged.");
  return pseudonym;
}

/**
 * After a login by a link on the same device the party receives, once, a token that later identifies this browser: it stores it
 * in the browser, and sends it as `login_hint_token` in a backchannel request.
 */
async function browserHint({ pool, clock }: AccountDeps, login: Login): Promise<object> {
  if (login.via !== "link" || login.personId === null) return {};
  const token = randomBytes(32).toString("base64url");
  const createdAt = clock();
  const isNew = await addLoginBrowser(pool, {
    tokenSha256: hintDigest(token),
    partyId: login.partyId,
    personId: login.personId,
    loginId: login.id,
    createdAt,
    expiresAt: new Date(createdAt.getTime() + browserDays * 86_400_000),
  });
  return isNew ? { login_hint_token: token } : {};
}

export const hintDigest = (token: string): Buffer => createHash("sha256").update(token).digest();
