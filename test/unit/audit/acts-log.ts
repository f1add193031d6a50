import { afterEach, beforeEach } from "@jest/globals";
import { chainAuditLines } from "../../../activities/audit/sequencer.ts";
import { type Acted, actedPerson } from "./acted.ts";
import { type AuditBook, openBook } from "./book.ts";

export let book: AuditBook;
export let person: Acted;

export function openLogForEachTest(): void {
  beforeEach(async () => {
    book = await openBook();
    person = await actedPerson(book);
    await chainAuditLines(book.deps);
  });
  afterEach(() => book?.close());
}

export const found = async () => (await book.verify()).tampering;

/** What whoever holds the sequencer's lock does to a line that is not chained yet. */
export async function unwrite(act: string): Promise<void> {
  await book.tamper("delete from audit_tail where line_id in (select id from audit_lines where act = $1)", [
    act,
  ]);
  await book.tamper("delete from audit_lines where act = $1", [act]);
}
