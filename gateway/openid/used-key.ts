import { decodeProtectedHeader } from "jose";
import type { KoaContextWithOIDC } from "oidc-provider";

/** A claim of a party's own token: the `kid` of the client's key that signed the assertion for it. */
export const keyClaim = "urn:kazasu:client_kid";

/** The claim, after the assertion was verified; none if it named no key. */
export function usedKey({ oidc }: KoaContextWithOIDC): Record<typeof keyClaim, string> | undefined {
  const assertion = oidc.params?.["client_assertion"];
  if (typeof assertion !== "string") return undefined;
  const { kid } = decodeProtectedHeader(assertion);
  return kid === undefined ? undefined : { [keyClaim]: kid };
}
