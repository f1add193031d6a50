import { afterEach, beforeEach } from "@jest/globals";
import { chainAuditLines } from "../../../activities/audit/sequencer.ts";
import { type Acted, actedPerson } from "./acted.ts";
import { type AuditedRegistry, openAuditedRegistry } from "./audited-registry.ts";

export let audited: AuditedRegistry;
export let person: Acted;

export function openLogForEachTest(): void {
  beforeEach(async () => {
    audited = await openAuditedRegistry();
    person = await actedPerson(audited);
    await chainAuditLines(audited.deps);
  });
  afterEach(() => audited?.close());
}

export const found = async () => (await audited.verify()).tampering;

/** What a holder of the sequencer's lock does to a line that is not chained yet. */
export async function unwrite(act: string): Promise<void> {
  await audited.tamper(
    "delete from audit_tail where line_id in (select id from audit_lines where act = $1)",
    [act],
  );
  await audited.tamper("delete from audit_lines where act = $1", [act]);
}
