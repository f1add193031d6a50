import type { KoaContextWithOIDC } from "oidc-provider";
import type { Pool } from "pg";
import { transactionDetail, transactionType } from "../../protocol/transaction.ts";
import { findLogin } from "../../registry/login/logins.ts";
import { errors } from "./library.ts";

interface Detail {
  type: string;
  [member: string]: unknown;
}

/**
 * Rich authorization requests (RFC 9396) of one type of ours: a transaction that the person signs with the login. The token's
 * details have its `transaction_id`, with which the party fetches the signature.
 */
export function transactionDetails(pool: Pool) {
  return {
    enabled: true as const,
    types: { [transactionType]: { validate } },
    authorizationDetailsForGrantSource: (
      context: KoaContextWithOIDC,
      source: { accountId?: string | undefined },
    ) => detailsOf(pool, source.accountId, context.oidc.params?.["authorization_details"]),
    authorizationDetailsForAccessToken: (
      _context: KoaContextWithOIDC,
      _token: unknown,
      source: { rar?: Detail[] | undefined } | undefined,
    ) => source?.rar ?? [],
    authorizationDetailsForIntrospection: () => [],
  };
}

function validate({ oidc }: KoaContextWithOIDC, detail: object): void {
  const all: unknown = JSON.parse(String(oidc.params?.["authorization_details"]));
  if (!Array.isArray(all) || all.length !== 1)
    throw new errors.InvalidAuthorizationDetails("one transaction is signed with one login");
  const read = transactionDetail.safeParse(detail);
  if (read.success) return;
  const where = read.error.issues.slice(0, 3).map(({ path }) => path.join(".") || "the whole");
  throw new errors.InvalidAuthorizationDetails(
    `the transaction does not have its shape: ${where.join(", ")}`,
  );
}

/** The requested details, with the id of the signed transaction. */
export async function detailsOf(pool: Pool, loginId: string | undefined, asked: unknown): Promise<Detail[]> {
  if (loginId === undefined || typeof asked !== "string") return [];
  const login = await findLogin(pool, loginId);
  if (!login?.transactionId) return [];
  const details = JSON.parse(asked) as Detail[];
  return details.map((detail) => ({ ...detail, transaction_id: login.transactionId }));
}
