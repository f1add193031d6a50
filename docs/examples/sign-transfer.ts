import { type SignedTransaction, verifyTransactionAndStatus } from "@kazasu/relying-party";
import * as openid from "openid-client";
import { type Party, serverToken } from "./connect.ts";

export interface Transfer {
  to: string;
  amount: string;
}

/**
 * What the phone shows and signs; `authorization_details` of the login is the JSON of a list with it.
 * 端末が表示し、署名するもの。これを入れた配列の JSON を、ログインの `authorization_details` にする。
 */
export const transferToShow = ({ to, amount }: Transfer) => ({
  type: "urn:kazasu:transaction:1" as const,
  shown: {
    title: "振込",
    lines: [
      { label: "振込先", value: to },
      { label: "金額", value: amount },
    ],
  },
});

/**
 * Fetches the signature of a transfer, verifies it, and asks the CA's CRLs whether a certificate was revoked: keep what is
 * returned with the transfer. Where the CA adds time-stamps, give the authority's roots as `timeStampRoots` too.
 *
 * 振込の署名を取得して検証し、証明書が失効していないかを認証局の CRL で確かめる。戻り値は振込とともに保存する。認証局が
 * タイムスタンプを付ける場合は、タイムスタンプ局のルートも `timeStampRoots` に渡す。
 * @param roots the CA's roots, DER, from your own configuration（認証局のルート証明書。自社の設定から渡す）
 * @param subject whose money it is: `sub` of the login, as you keep it with your customer（誰の口座か。ログインの `sub`）
 * @throws SignatureInvalid where anything but this very transfer was signed, or the certificate is revoked
 *   （この取引そのものへの署名でない、または証明書が失効している）
 */
export async function signedTransfer(
  party: Party,
  { gateway, partyId, roots }: { gateway: string; partyId: string; roots: Uint8Array[] },
  { subject, transactionId }: { subject: string; transactionId: string },
  transfer: Transfer,
): Promise<{ signature: Uint8Array; verified: SignedTransaction }> {
  const { configuration, dpop } = party;
  const token = await serverToken(party, "transactions");
  const url = new URL(`${gateway}/v1/transactions/${transactionId}`);
  const options = { DPoP: dpop };
  const response = await openid.fetchProtectedResource(
    configuration,
    token,
    url,
    "GET",
    undefined,
    undefined,
    options,
  );
  const answer = (await response.json()) as { state: string; signature?: string };
  if (answer.signature === undefined) throw new Error(`The transaction is ${answer.state}.`);
  const signature = Buffer.from(answer.signature, "base64url");
  const detail = transferToShow(transfer);
  const expected = { roots, party: partyId, subject, transactionId, detail };
  const verified = await verifyTransactionAndStatus(signature, expected);
  return { signature, verified };
}
