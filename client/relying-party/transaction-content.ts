import {
  longestTransaction,
  type TransactionContent,
  type TransactionDetail,
  transactionContent,
} from "../../protocol/transaction.ts";

/** Parses the content of a signature as a transaction; undefined if it is not one. */
export function readTransaction(bytes: Uint8Array): TransactionContent | undefined {
  if (bytes.length > 4 * longestTransaction) return undefined;
  return transactionContent.safeParse(parseJson(bytes)).data;
}

/** Compared as texts: the schemas have a fixed member order. */
export function isAsked(
  detail: TransactionDetail,
  { shown, document }: Pick<TransactionContent, "shown" | "document">,
): boolean {
  const { lines, title } = detail.shown;
  return (
    title === shown.title &&
    lines.length === shown.lines.length &&
    lines.every(({ label, value }, index) => {
      const line = shown.lines[index];
      return line?.label === label && line.value === value;
    }) &&
    detail.document?.name === document?.name &&
    detail.document?.sha256 === document?.sha256
  );
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
