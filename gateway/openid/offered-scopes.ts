import type { KoaContextWithOIDC } from "oidc-provider";
import { errors } from "./library.ts";

/**
 * Scopes of OpenID Connect Core §5.4 and §11, which libraries ask for by default: ignored, as §3.1.2.1 wants it. An unknown scope of
 * another name is a mistake.
 */
const ignored = ["profile", "email", "phone", "offline_access"];

/**
 * Refuses scopes that an issuer does not offer (RFC 6749 §3.3): the party learns it now, and not from data that are missing later.
 * @throws errors.InvalidScope
 */
export function requireOffered(scope: unknown, offered: readonly string[]): void {
  const other = (typeof scope === "string" ? scope : "")
    .split(" ")
    .filter((each) => each !== "" && !ignored.includes(each) && !offered.includes(each));
  if (other.length > 0)
    throw new errors.InvalidScope(
      `only these scopes are offered here: ${offered.join(" ")}`,
      other.join(" "),
    );
}

/** {@link requireOffered} as a check of a request that begins a login. The provider has already dropped what it does not know. */
export const offeredScopes =
  (offered: readonly string[]) =>
  ({ oidc, query }: KoaContextWithOIDC): void => {
    // What was pushed was checked then.
    if (oidc.entities["PushedAuthorizationRequest"] !== undefined) return;
    requireOffered(oidc.body?.["scope"] ?? query["scope"], offered);
  };
