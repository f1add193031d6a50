import type { Pool } from "pg";
import { type Connection, first, transaction } from "./database.ts";

/** CRLReason values this CA uses (RFC 5280 §5.3.1). */
export type RevocationReason =
  | "unspecified"
  | "keyCompromise"
  | "affiliationChanged"
  | "superseded"
  | "cessationOfOperation"
  | "privilegeWithdrawn";

export interface Revocation {
  serial: string;
  revokedAt: Date;
  reason: RevocationReason;
}

export interface PublishedCrl {
  der: Uint8Array;
  number: bigint;
  thisUpdate: Date;
  nextUpdate: Date;
  /** Which revocations the CRL knows: the count of rows when it was made. */
  revocationMark: string;
}

/** Any two writers of the CRL, in any process, are one after the other. */
const crlLock = 7_042_001;

/** Revokes the certificate of an enrolment. False when it has none or it is revoked already; never taken back. */
export async function revokeCertificate(
  connection: Connection,
  enrolmentId: string,
  reason: RevocationReason,
): Promise<boolean> {
  const { rowCount } = await connection.query(
    `insert into revocations (serial, reason) select serial, $2 from certificates where enrolment_id = $1
     on conflict (serial) do nothing`,
    [enrolmentId, reason],
  );
  return rowCount === 1;
}

/** What the status services read and write. */
export class StatusRegistry {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** `undefined` for a serial this CA never issued. */
  async statusOf(
    serial: string,
  ): Promise<{ status: "good" } | ({ status: "revoked" } & Omit<Revocation, "serial">) | undefined> {
    const row = first(
      await this.#pool.query<{ revoked_at: Date | null; reason: RevocationReason | null }>({
        name: "status-of",
        text: "select r.revoked_at, r.reason from certificates c left join revocations r using (serial) where c.serial = $1",
        values: [serial],
      }),
    );
    if (!row) return undefined;
    return row.revoked_at && row.reason
      ? { status: "revoked", revokedAt: row.revoked_at, reason: row.reason }
      : { status: "good" };
  }

  async currentCrl(): Promise<PublishedCrl | undefined> {
    return currentCrl(this.#pool);
  }

  /** Moves whenever a certificate is revoked. A count, for identity values become visible out of order. */
  async revocationMark(): Promise<string> {
    return revocationMark(this.#pool);
  }

  /** Makes and stores the next CRL, alone among all processes, and returns what is current then. */
  async publishCrl(
    make: (state: {
      number: bigint;
      entries: Revocation[];
    }) => Promise<{ der: Uint8Array; thisUpdate: Date; nextUpdate: Date }>,
  ): Promise<Uint8Array> {
    return transaction(this.#pool, async (connection) => {
      await connection.query("select pg_advisory_xact_lock($1)", [crlLock]);
      const mark = await revocationMark(connection);
      const { rows } = await connection.query<{ serial: string; revoked_at: Date; reason: RevocationReason }>(
        "select serial, revoked_at, reason from revocations order by mark",
      );
      const number = ((await currentCrl(connection))?.number ?? 0n) + 1n;
      const entries = rows.map((row) => ({
        serial: row.serial,
        revokedAt: row.revoked_at,
        reason: row.reason,
      }));
      const { der, thisUpdate, nextUpdate } = await make({ number, entries });
      await connection.query(
        "insert into crls (number, der, this_update, next_update, revocation_mark) values ($1, $2, $3, $4, $5)",
        [number.toString(), Buffer.from(der), thisUpdate, nextUpdate, mark],
      );
      return der;
    });
  }
}

async function revocationMark(connection: Connection): Promise<string> {
  const { rows } = await connection.query<{ mark: string }>("select count(*)::text as mark from revocations");
  return rows[0]?.mark ?? "0";
}

async function currentCrl(connection: Connection): Promise<PublishedCrl | undefined> {
  const row = first(
    await connection.query<{
      number: string;
      der: Buffer;
      this_update: Date;
      next_update: Date;
      revocation_mark: string;
    }>(
      "select number::text, der, this_update, next_update, revocation_mark from crls order by number desc limit 1",
    ),
  );
  return (
    row && {
      der: row.der,
      number: BigInt(row.number),
      thisUpdate: row.this_update,
      nextUpdate: row.next_update,
      revocationMark: row.revocation_mark,
    }
  );
}
