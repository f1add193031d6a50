import { type CryptoKey, SignJWT } from "jose";
import { sha256, utf8 } from "./encoding.ts";
import { labels } from "./labels.ts";

/**
 * Approves an act: a compact JWS (RFC 7515, ES256) over the SHA-256 of the exact text of its statement.
 * @param statement the JSON text of the act, as every approver reads it
 */
export async function signApproval(
  statement: string,
  key: { kid: string; privateKey: CryptoKey },
  issuedAt: Date,
): Promise<string> {
  return new SignJWT({ statement: await sha256(utf8(statement)) })
    .setProtectedHeader({ alg: "ES256", typ: labels.approval, kid: key.kid })
    .setIssuedAt(Math.floor(issuedAt.getTime() / 1000))
    .sign(key.privateKey);
}
