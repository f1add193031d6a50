import { randomUUID } from "node:crypto";
import type { Connection } from "../database.ts";

/** Acts that have a line, inserted in the act's own transaction: no act without a line, no line without an act. */
export type Act =
  | "application-accepted"
  | "application-refused"
  | "issuance-intended"
  | "certificate-issued"
  | "certificate-revoked"
  | "revocation-brought-forward"
  | "enrolment-ended"
  | "consent-changed"
  | "consent-change-refused"
  | "consent-expired"
  | "consent-handed-to-register"
  | "crl-refused"
  | "card-linked"
  | "anchor-refreshed"
  | "writing-added"
  | "attributes-disclosed"
  | "notification-acknowledged"
  | "notification-opened"
  | "notification-answered"
  | "notification-closed"
  | "delivery-cancelled"
  | "event-delivered"
  | "event-dead-lettered"
  | "event-replayed"
  | "lint-refused"
  | "revocation-requested"
  | "key-blocked"
  | "new-phone-noted"
  | "enrolment-frozen"
  | "certificate-expired"
  | "operation-approved"
  | "campaign-started"
  | "campaign-ended"
  | "records-purged"
  | "login-approved"
  | "login-declined"
  | "login-refused"
  | "transaction-signed"
  | "link-token-given"
  | "page-opened"
  | "page-link-granted"
  | "erasure-asked"
  | "erasure-taken-back"
  | "erasure-done"
  | "erasure-declined"
  | "link-asked-for"
  | "link-request-declined"
  | "link-request-taken-back"
  | "party-registered"
  | "bearer-polling-changed"
  | "stream-token-issued"
  | "stream-tokens-revoked"
  | "client-key-added"
  | "client-key-expiry-set"
  | "client-key-removed"
  | "operator-logged-in"
  | "operator-login-refused"
  | "operator-logged-out"
  | "attributes-revealed"
  | "replay-asked"
  | "operation-proposed"
  | "operation-approval-given";

/**
 * Acts without another row that disclose a person's data, admit somebody to them, or are an operator's: each has its own row in `recorded_acts`, which
 * its line names by `row`, so that removing a line before it is chained is detected.
 */
export const recordedActs = [
  "attributes-revealed",
  "bearer-polling-changed",
  "card-linked",
  "client-key-added",
  "client-key-expiry-set",
  "client-key-removed",
  "consent-handed-to-register",
  "delivery-cancelled",
  "event-replayed",
  "link-token-given",
  "operator-logged-out",
  "operator-login-refused",
  "replay-asked",
  "stream-token-issued",
  "stream-tokens-revoked",
] as const satisfies readonly Act[];

const isRecorded: ReadonlySet<Act> = new Set(recordedActs);

/** `subject` and `detail` have ids and codes only, never personal data. */
export async function audit(
  connection: Connection,
  act: Act,
  subject: string,
  detail: Record<string, string | number | boolean> = {},
): Promise<void> {
  if (isRecorded.has(act)) return record(connection, act, subject, detail);
  await connection.query({
    name: "audit",
    text: "insert into audit_lines (act, subject, detail) values ($1, $2, $3)",
    values: [act, subject, detail],
  });
}

/** Row and line in one statement: both are stored, or neither, with or without a transaction of the caller. */
async function record(
  connection: Connection,
  act: Act,
  subject: string,
  detail: Record<string, string | number | boolean>,
): Promise<void> {
  const id = randomUUID();
  await connection.query({
    name: "audit-recorded",
    text: `with recorded as (insert into recorded_acts (id, act, subject) values ($4, $1, $2))
           insert into audit_lines (act, subject, detail) values ($1, $2, $3)`,
    values: [act, subject, { ...detail, row: id }, id],
  });
}
