import type { Act } from "../../registry/audit/lines.ts";
import type { Paired } from "../../registry/audit/pairs.ts";

/** Acts that have a line and no row that stays. A new act is paired, or is said here why it is not. */
export const actsWithoutRow: Record<Exclude<Act, Paired>, string> = {
  "crl-refused": "A list that is refused is not kept.",
  "lint-refused": "The journal outside the database has it.",
  "new-phone-noted": "Lines of before; the notice goes with the books.",
};

/** Tables that no pair reads, and why. A new table is paired, or is said here why it is not. */
export const tablesWithoutLine: Record<string, string> = {
  activations: "Tries; the one that counts is an intent.",
  answers: "What counts of them is the end of the notification.",
  apps: "Settings of a party.",
  audit_chain: "The log itself.",
  audit_last_checkpoint: "The log itself.",
  audit_lines: "The log itself.",
  audit_tail: "The log itself.",
  card_certificates: "Named by keyed hashes, which are in no line.",
  card_questions: "Counts of an hour.",
  card_revocations: "What a CRL lists of people we know; what comes of it is a version of the record.",
  crl_lists: "What JPKI publishes.",
  crl_serials: "What JPKI publishes.",
  crls: "Signed by the CA.",
  decisions: "Signed in the evidence.",
  idempotent_answers: "Of a day.",
  jlis_calls: "Counts.",
  lifecycle_counts: "Counts.",
  lifecycle_moves: "Counts.",
  link_datasets: "Settings of a party.",
  links: "Their consents are paired.",
  login_browsers: "Of the browsers that logged in.",
  migrations: "The schema's own.",
  notices: "Texts, named by their SHA-256.",
  openid_payloads: "Of the token endpoint.",
  operator_logins: "Under way.",
  page_sessions: "Their visits are paired.",
  party_clients: "Settings of a party.",
  persons: "Named by their enrolments.",
  purged_records: "Under the digest of a signed purge.",
  refused_reads: "Counts of a day, of what was not given.",
  push_subscriptions: "Addresses, which the app changes.",
  single_uses: "Of minutes.",
  streams: "Settings of a party.",
};
