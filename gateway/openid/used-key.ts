import { calculateJwkThumbprint, compactVerify, decodeProtectedHeader, importJWK, type JWK } from "jose";
import type { KoaContextWithOIDC } from "oidc-provider";
import type { Pool } from "pg";
import { errors } from "./library.ts";
import { findUsableClient } from "./usable-client.ts";

/** A claim of a party's own token: the thumbprint (RFC 7638) of the registered key that signed the assertion for it. */
export const keyClaim = "urn:kazasu:client_key";

/**
 * The claim, after the assertion was verified; none for a client whose keys the party publishes. An assertion need not name its
 * key, and another key may later have the same name: so the key itself is found, by its signature.
 * @throws errors.InvalidClientAuth if the key was removed in the meantime
 */
export async function usedKey(
  pool: Pool,
  { oidc }: KoaContextWithOIDC,
): Promise<Record<typeof keyClaim, string> | undefined> {
  const client = await findUsableClient(pool, String(oidc.client?.clientId));
  if (client && !("jwks" in client)) return undefined;
  const assertion = String(oidc.params?.["client_assertion"]);
  const { kid } = decodeProtectedHeader(assertion);
  for (const key of client?.jwks.keys ?? [])
    if ((kid === undefined || key.kid === kid) && (await hasSigned(key, assertion)))
      return { [keyClaim]: await calculateJwkThumbprint(key) };
  throw new errors.InvalidClientAuth("the key of the assertion was removed");
}

async function hasSigned(key: JWK, assertion: string): Promise<boolean> {
  const { alg } = decodeProtectedHeader(assertion);
  try {
    await compactVerify(assertion, await importJWK(key, String(alg)));
    return true;
  } catch {
    return false;
  }
}
