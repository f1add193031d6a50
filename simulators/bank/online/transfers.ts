import { z } from "zod";
import { HttpRefusal } from "../../http.ts";
import type { Connection } from "../database.ts";

/** A customer's order. */
export interface Order {
  to: string;
  /** Yen. */
  amount: number;
}

/** An order with its id and customer. */
export interface OrderedTransfer extends Order {
  id: string;
  subject: string;
}

/** A stored transfer. */
export interface Transfer extends Order {
  id: string;
  state: "asked" | "signed" | "not-signed";
  signedAt: Date | null;
  transactionId: string | null;
  askedAt: Date;
}

/** The longest name that the phone can show (docs/reference/transactions.md). */
const longestName = 60;
const mostYen = 10_000_000;
const unfit = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]|\p{M}{4}/u;
const order = z.strictObject({ to: z.string().max(4_000), amount: z.number() });

/** Parses an order. @throws HttpRefusal with what must be corrected */
export function readOrder(body: unknown): Order {
  const { to, amount } = order.parse(body);
  const name = to.normalize("NFC").trim();
  if (name === "" || Array.from(name).length > longestName || unfit.test(name))
    throw new HttpRefusal(
      400,
      "RECIPIENT_UNFIT",
      "The recipient's name cannot be shown on a phone.",
      `Write a name of 1 to ${longestName} characters on one line.`,
    );
  if (!Number.isSafeInteger(amount) || amount < 1 || amount > mostYen)
    throw new HttpRefusal(
      400,
      "AMOUNT_UNFIT",
      "The amount is not between 1 and 10,000,000 whole yen.",
      "Write a whole number of yen.",
    );
  return { to: name, amount };
}

/** What the phone shows and signs for a transfer (RFC 9396). */
export const detailOf = ({ to, amount }: Order) => ({
  type: "urn:kazasu:transaction:1" as const,
  shown: {
    title: "振込",
    lines: [
      { label: "振込先", value: to },
      { label: "金額", value: `${amount.toLocaleString("en-US")}円` },
    ],
  },
});

/** Stores a transfer that is not signed yet. */
export async function addTransfer(
  sql: Connection,
  { id, subject, to, amount }: OrderedTransfer,
): Promise<void> {
  await sql.query("insert into transfers (id, subject, recipient, amount) values ($1, $2, $3, $4)", [
    id,
    subject,
    to,
    amount,
  ]);
}

/** Stores the signature with the transfer. A transfer is decided once. */
export async function keepSignature(
  sql: Connection,
  id: string,
  signed: { transactionId: string; signature: Uint8Array; signedAt: Date },
): Promise<void> {
  const { transactionId, signature, signedAt } = signed;
  await sql.query(
    `update transfers set state = 'signed', transaction_id = $2, signature = $3, signed_at = $4
     where id = $1 and state = 'asked'`,
    [id, transactionId, Buffer.from(signature), signedAt],
  );
}

/** Marks a transfer as not signed: nothing is paid. */
export async function dropTransfer(sql: Connection, id: string): Promise<void> {
  await sql.query("update transfers set state = 'not-signed' where id = $1 and state = 'asked'", [id]);
}

/** A customer's transfers, newest first, at most fifty. */
export async function transfersOf(sql: Connection, subject: string): Promise<Transfer[]> {
  const { rows } = await sql.query<Transfer>(
    `select id, recipient as "to", amount, signed_at as "signedAt", transaction_id as "transactionId",
            asked_at as "askedAt",
            case when state = 'asked' and asked_at < now() - interval '15 minutes' then 'not-signed'
                 else state end as state
     from transfers where subject = $1 order by asked_at desc limit 50`,
    [subject],
  );
  return rows;
}
