/**
 * A module of the registry as it must not be, and what is to be said of each statement. It is text, for no compiler would take
 * it: `module` is checked beside the registry's own.
 */
const statements: readonly [what: string, said: string, statement: string][] = [
  [
    "an unknown column",
    'is not taken by Postgres: column "stat" does not exist',
    `query<{ state: string }>("select stat as state from persons")`,
  ],
  [
    "a member that is not selected",
    "is not selected state",
    `query<{ id: string; state: string }>("select id from enrolments")`,
  ],
  [
    "a column that the row type does not have",
    "state is not in the row type",
    `query<{ id: string }>("select id, state from enrolments")`,
  ],
  [
    "a bigint, which the driver gives as a string",
    "count is string",
    `query<{ count: number }>("select count(*) as count from enrolments")`,
  ],
  [
    "a column of a left join",
    "notAfter can be null",
    `query<{ notAfter: Date }>(\`select c.not_after as "notAfter" from enrolments e left join certificates c on c.enrolment_id = e.id\`)`,
  ],
  [
    "an aggregate of what may be no row",
    "newest can be null",
    `query<{ newest: Date }>("select max(created_at) as newest from enrolments")`,
  ],
  [
    "null where a column has none",
    "id is never null",
    `query<{ id: string | null }>("select id from enrolments")`,
  ],
  [
    "a member that may be absent",
    "id is always there",
    `query<{ id?: string }>("select id from enrolments")`,
  ],
  [
    "a word that a constraint allows, and the row type does not have",
    "kind is replace | is revoke",
    `query<{ kind: "replace" }>("select kind from campaigns")`,
  ],
  [
    "JSON that is built with other members",
    "name is JSON of another shape",
    `query<{ name: { ja: string } }>("select json_build_object('ja', name_ja, 'en', name_en) as name from parties")`,
  ],
  [
    "JSON of a left join",
    "party is JSON of another shape",
    `query<{ party: { ja: string } }>("select json_build_object('ja', p.name_ja) as party from consents c left join parties p on p.id = c.party_id")`,
  ],
  [
    "a type for JSON that was stored",
    "payload is stored JSON, unknown until it is parsed",
    `query<{ payload: { keys: object[] } }>("select payload from openid_payloads")`,
  ],
  [
    "a type for stored JSON within JSON that is built",
    "client is JSON of another shape",
    `query<{ client: { jwks: { keys: object[] } } }>("select json_build_object('jwks', payload) as client from openid_payloads")`,
  ],
  ["rows without a type", "gives rows that have no row type", `query("select id from enrolments")`],
  [
    "a row type without rows",
    "has a row type and gives no rows",
    `query<{ id: string }>("delete from enrolments")`,
  ],
  [
    "a value too few",
    "takes other values: readonly [string | null, string | null]",
    `query("select 1 from enrolments where id = $1 and party_id = $2", ["id"])`,
  ],
  ["no values", "takes 1 values and is passed none", `query("delete from enrolments where id = $1")`],
  [
    "a value of another type",
    "a value: Type 'number' is not assignable to type 'string'.",
    `query("delete from enrolments where id = $1", [1])`,
  ],
  [
    "a null that would make a column null",
    "a value: Type 'null' is not assignable to type 'string | Date'.",
    `query<{ isOld: boolean }>(\`select created_at < $1 as "isOld" from enrolments\`, [null])`,
  ],
  [
    "texts that give different columns",
    "is not taken by Postgres: its texts give different columns: id; state",
    `query<{ id: string }>(texts[which])`,
  ],
];

const before = `import type { Connection } from "./database.ts";
const texts = { a: "select id from enrolments", b: "select state from enrolments" };
`;

export const wrongModule: string =
  before +
  statements
    .map(
      ([, , statement], index) =>
        `export const wrong${index} = (connection: Connection, which: keyof typeof texts) => connection.${statement};`,
    )
    .join("\n");

/** What is to be said, by the place. */
export const saidOfWrong = (file: string): [what: string, said: string][] =>
  statements.map(([what, said], index) => [what, `${file}:${index + before.split("\n").length} ${said}`]);
