import { type Connection, first } from "../database.ts";
import { goodCertificate } from "../issuance/enrolments.ts";
import { type Login, loginColumns, loginsWithIssuer } from "./logins.ts";

/** A login with what decides whether tokens are given for it. */
export interface AnsweredLogin {
  login: Login;
  /** Whether the enrolment that answered is active, with a valid, unrevoked certificate; false if none has answered. */
  hasGoodEnrolment: boolean;
  /** The person's pseudonym at the party; null if the person is not known yet. */
  pseudonym: string | null;
}

/** A login by its id, with the state at `now` of the enrolment that answered it, and its person's pseudonym. */
export async function findAnsweredLogin(
  connection: Connection,
  id: string,
  now: Date,
): Promise<AnsweredLogin | undefined> {
  const row = first(
    await connection.query<Login & Pick<AnsweredLogin, "hasGoodEnrolment" | "pseudonym">>({
      name: "find-answered-login",
      text: `select ${loginColumns},
               exists (select 1 from enrolments e join certificates c on c.enrolment_id = e.id
                       where e.id = l.enrolment_id and ${goodCertificate}) as "hasGoodEnrolment",
               (select e.pseudonym from enrolments e
                where e.person_id = l.person_id and e.party_id = l.party_id limit 1) as pseudonym
             from ${loginsWithIssuer} where l.id = $1`,
      values: [id, now],
    }),
  );
  if (!row) return undefined;
  const { hasGoodEnrolment, pseudonym, ...login } = row;
  return { login, hasGoodEnrolment, pseudonym };
}
