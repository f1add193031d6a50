import { type Connection, first } from "../database.ts";

/** A browser in which a person logged in at a party by a link on the same device. */
export interface LoginBrowser {
  tokenSha256: Buffer;
  partyId: string;
  personId: string;
  loginId: string;
  createdAt: Date;
  expiresAt: Date;
}

/** Each insert deletes some expired rows. A login has one row at most: false for a second. */
export async function addLoginBrowser(connection: Connection, browser: LoginBrowser): Promise<boolean> {
  const b = browser;
  const { rowCount } = await connection.query({
    name: "add-login-browser",
    text: `with ended as (select token_sha256 from login_browsers where expires_at < $5 limit 100 for update skip locked),
             swept as (delete from login_browsers l using ended e where l.token_sha256 = e.token_sha256)
           insert into login_browsers (token_sha256, party_id, person_id, login_id, created_at, expires_at)
           values ($1, $2, $3, $4, $5, $6) on conflict (login_id) do nothing`,
    values: [b.tokenSha256, b.partyId, b.personId, b.loginId, b.createdAt, b.expiresAt],
  });
  return rowCount === 1;
}

/** The owner of a browser at this party with this token; `undefined` for an unknown or expired token. */
export async function findLoginBrowser(
  connection: Connection,
  { tokenSha256, partyId, now }: { tokenSha256: Buffer; partyId: string; now: Date },
): Promise<{ personId: string } | undefined> {
  return first(
    await connection.query<{ personId: string }>({
      name: "find-login-browser",
      text: `select person_id as "personId" from login_browsers
             where token_sha256 = $1 and party_id = $2 and expires_at > $3`,
      values: [tokenSha256, partyId, now],
    }),
  );
}
