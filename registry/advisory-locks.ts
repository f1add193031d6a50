import type { Connection } from "./database.ts";

/**
 * Seeds of the advisory locks on a text (a person, a key, a consent's subject). Each kind has its own seed, so that no kind
 * waits for another. A released number never changes: processes of two versions take the same lock.
 */
const seeds = {
  deviceKey: 1,
  consentSubject: 2,
  backchannelPerson: 3,
  linksOfPerson: 4,
  phonesOfPerson: 5,
  stopsOfPerson: 6,
  crlPart: 7,
  cardQuestions: 8,
} as const;

/** Locks of which a database has one each. */
export const locks = {
  crls: 7_042_001,
  auditSequencer: 7_042_002,
  auditCheckpoints: 7_042_003,
  lifecycleCounts: 7_042_004,
} as const;

/** Waits for the lock on a text, and keeps it until the transaction ends. */
export async function lockText(
  connection: Connection,
  kind: keyof typeof seeds,
  text: string,
): Promise<void> {
  await connection.query({
    name: "lock-text",
    text: "select pg_advisory_xact_lock(hashtextextended($1, $2))",
    values: [text, seeds[kind]],
  });
}

/** Waits for a lock, and keeps it until the transaction ends. */
export async function lockOne(connection: Connection, lock: keyof typeof locks): Promise<void> {
  await connection.query({
    name: "lock-one",
    text: "select pg_advisory_xact_lock($1)",
    values: [locks[lock]],
  });
}

/** Tries to take a lock until the transaction ends. False if it is taken. */
export async function tryLockOne(connection: Connection, lock: keyof typeof locks): Promise<boolean> {
  const { rows } = await connection.query<{ held: boolean }>({
    name: "try-lock-one",
    text: "select pg_try_advisory_xact_lock($1) as held",
    values: [locks[lock]],
  });
  return rows[0]?.held === true;
}

/** Locks one of several resources that share a number (for example a CRL of a generation), as {@link tryLockOne} does. */
export async function tryLockOneOf(
  connection: Connection,
  lock: keyof typeof locks,
  name: string,
): Promise<boolean> {
  const { rows } = await connection.query<{ held: boolean }>({
    name: "try-lock-one-of",
    text: "select pg_try_advisory_xact_lock($1, hashtext($2)) as held",
    values: [locks[lock], name],
  });
  return rows[0]?.held === true;
}

/** Waits for the lock of a keyed hash, by its first eight bytes, and holds it until the transaction ends. */
export async function lockHash(connection: Connection, hash: Uint8Array): Promise<void> {
  await connection.query({
    name: "lock-hash",
    text: "select pg_advisory_xact_lock($1::bigint)",
    values: [Buffer.from(hash).readBigInt64BE(0).toString()],
  });
}
