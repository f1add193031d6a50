import type { Act } from "../../registry/audit/lines.ts";
import type { Paired } from "../../registry/audit/pairs.ts";

/** Acts with a line and no permanent row. A new act is paired, or listed here with the reason. */
export const actsWithoutRow: Record<Exclude<Act, Paired>, string> = {
  "crl-refused": "A refused CRL is not kept.",
  "lint-refused": "It is in the journal, outside the database.",
  "new-phone-noted": "Lines of older versions; the notice is destroyed with the certificate records.",
};

/** Tables that no pair covers, and why. A new table is paired, or listed here with the reason. */
export const tablesWithoutLine: Record<string, string> = {
  activations: "Tries; the one that counts is an intent.",
  answers: "Recorded with the end of the notification.",
  apps: "Settings of a party.",
  audit_chain: "The log itself.",
  audit_last_checkpoint: "The log itself.",
  audit_lines: "The log itself.",
  audit_tail: "The log itself.",
  card_certificates: "Named by keyed hashes, which are in no line.",
  card_questions: "Hourly counters.",
  card_revocations: "Matches on a CRL; recorded as a new version of the attribute record.",
  crl_lists: "What JPKI publishes.",
  crl_serials: "What JPKI publishes.",
  crls: "Signed by the CA.",
  decisions: "Signed in the evidence.",
  idempotent_answers: "Kept for a day.",
  jlis_calls: "Counts.",
  lifecycle_counts: "Counts.",
  lifecycle_moves: "Counts.",
  link_datasets: "Settings of a party.",
  links: "Their consents are paired.",
  login_browsers: "Browser sessions of logins.",
  migrations: "State of the schema.",
  notices: "Texts, named by their SHA-256.",
  openid_payloads: "State of the token endpoint.",
  operator_logins: "Logins in progress.",
  page_sessions: "Their visits are paired.",
  party_clients: "Settings of a party.",
  persons: "Named by their enrolments.",
  purged_records: "Covered by the digest of a signed purge.",
  removed_subjects: "Settings of a party.",
  refused_reads: "Daily counters of refused reads.",
  push_subscriptions: "Addresses, which the app changes.",
  single_uses: "Kept for minutes.",
  stream_tokens: "Digests, kept until they expire; each issue is recorded.",
  streams: "Settings of a party.",
};
