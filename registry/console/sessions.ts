import { createHash } from "node:crypto";
import { type Connection, first } from "../database.ts";

/** What the browser must return from the provider. */
export interface PendingLogin {
  state: string;
  nonce: string;
  codeVerifier: string;
}

export interface OperatorSession {
  /** The operator's subject at the provider. */
  operator: string;
  roles: string[];
  expiresAt: Date;
}

/** Only hashes of the cookies are stored: read access to the tables is not enough to become an operator. */
const hashOf = (token: string): Buffer => createHash("sha256").update(token).digest();

export async function addLogin(
  connection: Connection,
  token: string,
  { state, nonce, codeVerifier }: PendingLogin,
  { now, seconds }: { now: Date; seconds: number },
): Promise<void> {
  await connection.query("delete from operator_logins where expires_at < $1", [now]);
  await connection.query(
    `insert into operator_logins (token_sha256, state, nonce, code_verifier, expires_at)
     values ($1, $2, $3, $4, $5)`,
    [hashOf(token), state, nonce, codeVerifier, after(now, seconds)],
  );
}

/** Takes a pending login, once and before it expires. */
export async function takeLogin(
  connection: Connection,
  token: string,
  now: Date,
): Promise<PendingLogin | undefined> {
  return first(
    await connection.query<PendingLogin>(
      `with taken as (delete from operator_logins where token_sha256 = $1
         returning state, nonce, code_verifier, expires_at)
       select state, nonce, code_verifier as "codeVerifier" from taken where expires_at >= $2`,
      [hashOf(token), now],
    ),
  );
}

export async function addSession(
  connection: Connection,
  token: string,
  { operator, roles }: Pick<OperatorSession, "operator" | "roles">,
  { now, seconds }: { now: Date; seconds: number },
): Promise<void> {
  await connection.query("delete from operator_sessions where expires_at < $1", [now]);
  await connection.query(
    `insert into operator_sessions (token_sha256, operator, roles, created_at, expires_at)
     values ($1, $2, $3, $4, $5)`,
    [hashOf(token), operator, roles, now, after(now, seconds)],
  );
}

export async function findSession(
  connection: Connection,
  token: string,
  now: Date,
): Promise<OperatorSession | undefined> {
  return first(
    await connection.query<OperatorSession>({
      name: "find-operator-session",
      text: `select operator, roles, expires_at as "expiresAt" from operator_sessions
             where token_sha256 = $1 and expires_at >= $2`,
      values: [hashOf(token), now],
    }),
  );
}

export async function endSession(connection: Connection, token: string): Promise<void> {
  await connection.query("delete from operator_sessions where token_sha256 = $1", [hashOf(token)]);
}

const after = (now: Date, seconds: number): Date => new Date(now.getTime() + seconds * 1_000);
