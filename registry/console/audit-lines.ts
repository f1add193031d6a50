import type { Connection } from "../database.ts";
import { type Page, pageOf } from "./page.ts";

export interface AuditLine {
  id: string;
  at: Date;
  act: string;
  subject: string;
  /** An object of ids and codes, shown unchanged. */
  detail: unknown;
}

/** The audit log, newest first. */
export async function listAuditLines(
  connection: Connection,
  { before, limit }: { before?: string; limit: number },
): Promise<Page<AuditLine>> {
  const { rows } = await connection.query<AuditLine>({
    name: "console-audit-lines",
    text: `select id::text as id, at, act, subject, detail from audit_lines
           where $1::bigint is null or audit_lines.id < $1::bigint order by audit_lines.id desc limit $2`,
    values: [before ?? null, limit + 1],
  });
  return pageOf(rows, limit, ({ id }) => id);
}
