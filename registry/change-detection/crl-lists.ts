import { lockText } from "../advisory-locks.ts";
import { type Connection, first } from "../database.ts";

/** The last processed list of a CRL part of JPKI. */
export interface CrlListRow {
  part: string;
  issuerKeyId: string;
  number: bigint;
  thisUpdate: Date;
  nextUpdate: Date;
  entries: number;
}

const serialBytes = 20;
const serialsPerRow = 50_000;

export async function findCrlList(connection: Connection, part: string): Promise<CrlListRow | undefined> {
  const row = first(
    await connection.query<Omit<CrlListRow, "number"> & { number: string }>({
      name: "find-crl-list",
      text: `select part, issuer_key_id as "issuerKeyId", number::text, this_update as "thisUpdate",
               next_update as "nextUpdate", entries from crl_lists where part = $1`,
      values: [part],
    }),
  );
  return row && { ...row, number: BigInt(row.number) };
}

/** The serials of the part's last list, 20 octets each, in chunks, one at a time. */
export async function* readCrlSerials(connection: Connection, part: string): AsyncGenerator<Buffer> {
  for (let position = 0; ; position += 1) {
    const row = first(
      await connection.query<{ serials: Buffer }>({
        name: "read-crl-serials",
        text: "select serials from crl_serials where part = $1 and position = $2",
        values: [part, position],
      }),
    );
    if (!row) return;
    yield row.serials;
  }
}

/** Lets one run at a time process a part, until the transaction ends. */
export async function lockCrlList(connection: Connection, part: string): Promise<void> {
  await lockText(connection, "crlPart", part);
}

/** Replaces the part's last list. `serial` returns the 20 octets of an entry. */
export async function replaceCrlList(
  connection: Connection,
  list: CrlListRow & { readAt: Date },
  serial: (index: number) => Uint8Array,
): Promise<void> {
  await connection.query("delete from crl_lists where part = $1", [list.part]);
  await connection.query(
    `insert into crl_lists (part, issuer_key_id, number, this_update, next_update, entries, read_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      list.part,
      list.issuerKeyId,
      list.number.toString(),
      list.thisUpdate,
      list.nextUpdate,
      list.entries,
      list.readAt,
    ],
  );
  for (let from = 0, position = 0; from < list.entries; from += serialsPerRow, position += 1) {
    const count = Math.min(serialsPerRow, list.entries - from);
    const serials = Buffer.alloc(count * serialBytes);
    for (let index = 0; index < count; index += 1) serials.set(serial(from + index), index * serialBytes);
    await connection.query({
      name: "add-crl-serials",
      text: "insert into crl_serials (part, position, serials) values ($1, $2, $3)",
      values: [list.part, position, serials],
    });
  }
}
