import type { Connection } from "./database.ts";

/** What the bank did with a version of which it was notified. */
export interface Acknowledgement {
  consentId: string;
  anchorVersion: number;
  subject: string;
  outcome: "applied" | "manual-review" | "rejected";
  /** The bank's own code, without personal data. */
  reason?: string | undefined;
}

/** An unsent acknowledgement. */
export interface Unsent extends Omit<Acknowledgement, "subject"> {
  attempts: number;
}

/** Stores an acknowledgement with its change. The first decision on a version is kept. */
export async function keepAcknowledgement(connection: Connection, ack: Acknowledgement): Promise<void> {
  await connection.query(
    `insert into acknowledgements (consent_id, anchor_version, subject, outcome, reason)
     values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [ack.consentId, ack.anchorVersion, ack.subject, ack.outcome, ack.reason ?? null],
  );
}

/** Unsent acknowledgements, oldest first. */
export async function unsentAcknowledgements(connection: Connection): Promise<Unsent[]> {
  const { rows } = await connection.query<Omit<Unsent, "reason"> & { reason: string | null }>(
    `select consent_id as "consentId", anchor_version as "anchorVersion", outcome, reason, attempts
     from acknowledgements where state = 'unsent' order by created_at, anchor_version limit 100`,
  );
  return rows.map(({ reason, ...row }) => ({ ...row, reason: reason ?? undefined }));
}

/** Records the result of sending: `sent`, `refused` permanently with a code, or `unsent`, to be retried. */
export async function noteAcknowledgement(
  connection: Connection,
  ack: Unsent,
  state: "sent" | "refused" | "unsent",
  error?: string,
): Promise<void> {
  await connection.query(
    `update acknowledgements
     set state = $3, attempts = attempts + 1, last_error = $4, sent_at = case when $3 = 'sent' then now() end
     where consent_id = $1 and anchor_version = $2`,
    [ack.consentId, ack.anchorVersion, state, error ?? null],
  );
}

/** The acknowledgements of an account, newest first. */
export async function acknowledgementsOf(connection: Connection, subject: string): Promise<unknown[]> {
  const { rows } = await connection.query(
    `select consent_id as "consentId", anchor_version as "anchorVersion", outcome, reason, state,
            last_error as "lastError", sent_at as "sentAt"
     from acknowledgements where subject = $1 order by created_at desc, anchor_version desc limit 100`,
    [subject],
  );
  return rows;
}
