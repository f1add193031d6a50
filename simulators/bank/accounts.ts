import type { Connection } from "./database.ts";
import type { Disclosed } from "./disclosed.ts";

/** The bank's data of its customer. `null` without consent. */
export interface Values {
  name: string | null;
  address: string | null;
  dateOfBirth: string | null;
  sex: string | null;
}

/** One account. */
export interface Account extends Values {
  /** The person's pseudonym at this bank. */
  subject: string;
  /** The bank's own customer number. */
  customer: string;
  consentId: string;
  anchorVersion: number;
  /** The newest version that waits for manual review. */
  reviewVersion: number | null;
  credentialChangedAt: Date | null;
  openedAt: Date;
  updatedAt: Date;
}

/** The result of applying disclosed attributes. */
export type Applied = "applied" | "manual-review";

const columns = `subject, customer, consent_id as "consentId", name, address, date_of_birth as "dateOfBirth", sex,
  anchor_version as "anchorVersion", review_version as "reviewVersion",
  credential_changed_at as "credentialChangedAt", opened_at as "openedAt", updated_at as "updatedAt"`;

/** The accounts, newest change first, at most a thousand. */
export async function listAccounts(connection: Connection): Promise<Account[]> {
  const { rows } = await connection.query<Account>(
    `select ${columns} from accounts order by updated_at desc, customer limit 1000`,
  );
  return rows;
}

export async function findAccount(connection: Connection, subject: string): Promise<Account | undefined> {
  const { rows } = await connection.query<Account>(`select ${columns} from accounts where subject = $1`, [
    subject,
  ]);
  return rows[0];
}

/** The changes of one account, newest first, at most a hundred. */
export async function changesOf(connection: Connection, subject: string): Promise<unknown[]> {
  const { rows } = await connection.query(
    `select anchor_version as "anchorVersion", outcome, before, after, changed_at as "changedAt"
     from account_changes where subject = $1 order by id desc limit 100`,
    [subject],
  );
  return rows;
}

/**
 * Opens an account with the first attributes. An open one is updated instead.
 * @returns the account, or `undefined` if the subject or the customer already has another account
 */
export async function openAccount(
  connection: Connection,
  customer: string,
  first: Disclosed,
): Promise<Account | undefined> {
  const values = valuesOf(first);
  const { rowCount } = await connection.query(
    `insert into accounts (subject, customer, consent_id, name, address, date_of_birth, sex, anchor_version)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
    [
      first.sub,
      customer,
      first.consentId,
      values.name,
      values.address,
      values.dateOfBirth,
      values.sex,
      first.anchorVersion,
    ],
  );
  if (rowCount === 1) await note(connection, first, "opened", {}, values);
  const account = await lockAccount(connection, first.sub);
  if (account === undefined || account.customer !== customer) return undefined;
  await applyDisclosed(connection, account, first, { reviewNames: false });
  return findAccount(connection, first.sub);
}

/** The account, locked until the transaction ends. */
export async function lockAccount(connection: Connection, subject: string): Promise<Account | undefined> {
  const { rows } = await connection.query<Account>(
    `select ${columns} from accounts where subject = $1 for update`,
    [subject],
  );
  return rows[0];
}

/**
 * Applies the disclosed attributes to a locked account. A version older than the account's changes nothing. With `reviewNames`,
 * a different name waits for manual review, and the account is unchanged.
 */
export async function applyDisclosed(
  connection: Connection,
  account: Account,
  news: Disclosed,
  rules: { reviewNames: boolean },
): Promise<Applied> {
  if (news.anchorVersion < account.anchorVersion) return "applied";
  if (news.anchorVersion < (account.reviewVersion ?? 0)) return "manual-review";
  const before = pick(account);
  // An attribute that is no longer disclosed keeps its last value.
  const after = Object.fromEntries(
    Object.entries(valuesOf(news)).map(([key, value]) => [key, value ?? before[key as keyof Values]]),
  ) as { [Key in keyof Values]: Values[Key] };
  if (rules.reviewNames && before.name !== null && after.name !== before.name) {
    if (news.anchorVersion === account.reviewVersion) return "manual-review";
    await connection.query("update accounts set review_version = $2, updated_at = now() where subject = $1", [
      account.subject,
      news.anchorVersion,
    ]);
    await note(connection, news, "manual-review", before, after);
    return "manual-review";
  }
  const same = JSON.stringify(before) === JSON.stringify(after);
  if (same && news.anchorVersion === account.anchorVersion && news.consentId === account.consentId)
    return "applied";
  await connection.query(
    `update accounts set consent_id = $2, name = $3, address = $4, date_of_birth = $5, sex = $6,
            anchor_version = $7, review_version = null, updated_at = now()
     where subject = $1`,
    [
      account.subject,
      news.consentId,
      after.name,
      after.address,
      after.dateOfBirth,
      after.sex,
      news.anchorVersion,
    ],
  );
  if (!same) await note(connection, news, "applied", before, after);
  return "applied";
}

/** Records that the person uses another phone now. `false` if there is no such account. */
export async function noteCredentialChange(connection: Connection, subject: string): Promise<boolean> {
  const { rowCount } = await connection.query(
    "update accounts set credential_changed_at = now(), updated_at = now() where subject = $1",
    [subject],
  );
  return rowCount === 1;
}

async function note(
  connection: Connection,
  { sub, anchorVersion }: Disclosed,
  outcome: "opened" | Applied,
  before: Partial<Values>,
  after: Values,
): Promise<void> {
  await connection.query(
    `insert into account_changes (subject, anchor_version, outcome, before, after) values ($1, $2, $3, $4, $5)`,
    [sub, anchorVersion, outcome, JSON.stringify(before), JSON.stringify(after)],
  );
}

const pick = ({ name, address, dateOfBirth, sex }: Values): Values => ({ name, address, dateOfBirth, sex });

const valuesOf = ({ attributes }: Disclosed): Values => ({
  name: attributes.name ?? null,
  address: attributes.address ?? null,
  dateOfBirth: attributes.dateOfBirth ?? null,
  sex: attributes.sex ?? null,
});
