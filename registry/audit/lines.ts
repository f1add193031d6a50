import type { Connection } from "../database.ts";

/** Acts that leave a line. The line is inserted in the act's own transaction: no act without it, none without act. */
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
  | "operator-logged-in"
  | "operator-login-refused"
  | "operator-logged-out"
  | "attributes-revealed"
  | "replay-asked"
  | "operation-proposed"
  | "operation-approval-given";

/** `subject` and `detail` carry ids and codes only, never personal data. */
export async function audit(
  connection: Connection,
  act: Act,
  subject: string,
  detail: Record<string, string | number | boolean> = {},
): Promise<void> {
  await connection.query({
    name: "audit",
    text: "insert into audit_lines (act, subject, detail) values ($1, $2, $3)",
    values: [act, subject, detail],
  });
}
