import type { Pool } from "pg";
import { z } from "zod";
import type { Authority } from "../../party/authority.ts";
import type { LoggedIn } from "../../party/login.ts";
import { detailOf, keepSignature, type OrderedTransfer } from "./transfers.ts";

/**
 * Verifies that a signature (CMS, DER) is this customer's (`subject`, their pseudonym at the bank) over exactly this text;
 * returns the signing time. Throws otherwise. The bank uses the SDK for it, which is passed in: no simulator contains the
 * engine's code.
 */
export type CheckSignature = (
  signature: Uint8Array,
  expected: { party: string; subject: string; transactionId: string; detail: ReturnType<typeof detailOf> },
) => Promise<{ signedAt: Date }>;

/** The signer is not the account's owner. */
export class NotTheirs extends Error {
  override name = "NotTheirs";
}

const answer = z.object({ state: z.string(), sub: z.string().optional(), signature: z.string().optional() });

/** Fetches the signature of a transfer, verifies it, and stores it with the transfer. @throws NotTheirs; Error */
export async function acceptSigned(
  { pool, authority, checkSignature }: { pool: Pool; authority: Authority; checkSignature: CheckSignature },
  transfer: OrderedTransfer,
  { subject, transactionId }: LoggedIn,
): Promise<void> {
  if (subject !== transfer.subject) throw new NotTheirs("Another person has signed.");
  if (transactionId === undefined) throw new Error("The CA named no transaction.");
  const url = `${authority.gateway}/v1/transactions/${encodeURIComponent(transactionId)}`;
  const { state, sub, signature } = answer.parse(await authority.call("GET", url));
  if (signature === undefined) throw new Error(`The CA says that the transaction is ${state.slice(0, 20)}.`);
  if (sub !== transfer.subject) throw new NotTheirs("Another person has signed.");
  const cms = Buffer.from(signature, "base64url");
  const detail = detailOf(transfer);
  const expected = { party: "abc-bank", subject: transfer.subject, transactionId, detail };
  const { signedAt } = await checkSignature(cms, expected);
  await keepSignature(pool, transfer.id, { transactionId, signature: cms, signedAt });
}
