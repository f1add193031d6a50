import type { Pool } from "pg";
import type { RevocationReason } from "../../protocol/revocation.ts";
import { tryLockOneOf } from "../advisory-locks.ts";
import { type Connection, first, transaction } from "../database.ts";

/** The scope of one CRL: a shard of a generation's certificates. */
export interface CrlScope {
  generation: string;
  shard: number;
}

export interface Revocation {
  serial: string;
  revokedAt: Date;
  reason: RevocationReason;
}

export type RecordedStatus = { generation: string; notBefore?: Date } & (
  | { status: "good" }
  | { status: "revoked"; revokedAt: Date; reason: RevocationReason }
);

/** A CRL without its bytes. The mark is the number of revocations that had taken effect. */
export interface CrlTimes {
  number: bigint;
  thisUpdate: Date;
  nextUpdate: Date;
  revocationMark: string;
}

export interface ScopeState extends CrlScope {
  revocationMark: string;
  newest?: CrlTimes;
}

interface MadeCrl {
  number: bigint;
  der: Uint8Array;
  thisUpdate: Date;
  nextUpdate: Date;
}

/** Rows of revocations that are read and encoded before other work runs, while a CRL is built. */
const chunkRows = 1_000;
/** Storing a CRL of a million entries takes a few seconds; the pool's own limit is for small statements. */
const publishTimeoutMs = 60_000;

/** A revocation counts once it has taken effect, by the database clock. */
const inEffect = "r.effective_at <= now()";

/** Data access of the status services. */
export class StatusRegistry {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /**
   * Good: stored, without a revocation in effect. Revoked: intended, stored or not, because a signature may have been handed
   * out. Any other serial is absent from the answer.
   */
  async statusOfMany(serials: readonly string[]): Promise<Map<string, RecordedStatus>> {
    const { rows } = await this.#pool.query<{
      serial: string;
      generation: string;
      notBefore: Date | null;
      revokedAt: Date | null;
      reason: RevocationReason | null;
    }>({
      name: "status-of-many",
      text: `select i.serial, i.generation, c.not_before as "notBefore", r.effective_at as "revokedAt", r.reason
             from issuance_intents i left join certificates c on c.id = i.id
               left join revocations r on r.serial = i.serial and ${inEffect}
             where i.serial = any($1::text[]) and (c.id is not null or r.serial is not null)`,
      values: [serials],
    });
    return new Map(
      rows.map(({ serial, generation, notBefore, revokedAt, reason }) => [
        serial,
        {
          generation,
          ...(notBefore && { notBefore }),
          ...(revokedAt && reason ? { status: "revoked", revokedAt, reason } : { status: "good" }),
        },
      ]),
    );
  }

  /** Stored certificates that have not ended, in descending order of notAfter, so the newest first. */
  async newestSerials(limit: number, now: Date): Promise<{ serial: string; generation: string }[]> {
    const { rows } = await this.#pool.query<{ serial: string; generation: string }>(
      `select c.serial, i.generation from certificates c join issuance_intents i on i.id = c.id
       where c.not_after >= $2 order by c.not_after desc limit $1`,
      [limit, now],
    );
    return rows;
  }

  /**
   * Revocations that took effect since. A revocation without a window has the start time of its transaction: look back further
   * than a transaction takes, to find one that committed late.
   */
  async recentRevocations(since: Date): Promise<{ serial: string; generation: string }[]> {
    const { rows } = await this.#pool.query<{ serial: string; generation: string }>({
      name: "recent-revocations",
      text: `select serial, generation from revocations r where r.effective_at >= $1 and ${inEffect}`,
      values: [since],
    });
    return rows;
  }

  async scopeStates(scopes: readonly CrlScope[]): Promise<ScopeState[]> {
    return scopeStates(this.#pool, scopes);
  }

  async currentCrl({ generation, shard }: CrlScope): Promise<(CrlTimes & { der: Buffer }) | undefined> {
    const row = first(
      await this.#pool.query<Omit<CrlTimes, "number"> & { number: string; der: Buffer }>(
        `select number::text, this_update as "thisUpdate", next_update as "nextUpdate",
           revocation_mark as "revocationMark", der
         from crls where generation = $1 and crl_shard = $2 order by number desc limit 1`,
        [generation, shard],
      ),
    );
    return row && { ...row, number: BigInt(row.number) };
  }

  /**
   * Builds and stores the next CRL of a scope, in one process at a time. Returns its number; `undefined` if another process is
   * at it, or if `make` returns nothing. The mark and the entries are of one time: the start of the transaction.
   */
  async publishCrl(
    scope: CrlScope,
    make: (next: { state: ScopeState; entries: AsyncIterable<Revocation[]> }) => Promise<MadeCrl | undefined>,
  ): Promise<bigint | undefined> {
    return transaction(this.#pool, async (connection) => {
      if (!(await lock(connection, scope))) return undefined;
      await connection.query(`set local statement_timeout = ${publishTimeoutMs}`);
      // Read the mark before the rows: a revocation in between causes an extra CRL, never a missing one.
      const [state] = await scopeStates(connection, [scope]);
      if (state === undefined) return undefined;
      const made = await make({ state, entries: revocationsOf(connection, scope) });
      if (made === undefined) return undefined;
      await connection.query(
        `insert into crls (generation, crl_shard, number, der, this_update, next_update, revocation_mark)
         values ($1, $2, $3, $4, $5, $6, $7)`,
        [
          scope.generation,
          scope.shard,
          made.number.toString(),
          Buffer.from(made.der.buffer, made.der.byteOffset, made.der.byteLength),
          made.thisUpdate,
          made.nextUpdate,
          state.revocationMark,
        ],
      );
      return made.number;
    });
  }
}

const lock = (connection: Connection, { generation, shard }: CrlScope): Promise<boolean> =>
  tryLockOneOf(connection, "crls", `${generation}/${shard}`);

/**
 * The mark is a count, because identity values become visible out of order. The count is skipped if no revocation took effect
 * since ten minutes before the newest CRL: no transaction takes that long.
 */
async function scopeStates(connection: Connection, scopes: readonly CrlScope[]): Promise<ScopeState[]> {
  const { rows } = await connection.query<{
    generation: string;
    shard: number;
    number: string | null;
    thisUpdate: Date | null;
    nextUpdate: Date | null;
    madeMark: string | null;
    mark: string;
  }>({
    name: "crl-scope-states",
    text: `select s.generation, s.shard, n.number::text, n.this_update as "thisUpdate",
             n.next_update as "nextUpdate", n.revocation_mark as "madeMark",
             coalesce(
               case when n.made_at - interval '10 minutes' > coalesce(
                   (select max(r.effective_at) from revocations r
                    where r.generation = s.generation and r.crl_shard = s.shard and ${inEffect}), '-infinity')
                 then n.revocation_mark end,
               (select count(*)::text from revocations r
                where r.generation = s.generation and r.crl_shard = s.shard and ${inEffect})) as mark
           from unnest($1::text[], $2::integer[]) as s (generation, shard)
           left join lateral (select number, this_update, next_update, revocation_mark, made_at from crls
                              where crls.generation = s.generation and crl_shard = s.shard
                              order by number desc limit 1) n on true`,
    values: [scopes.map(({ generation }) => generation), scopes.map(({ shard }) => shard)],
  });
  return rows.map(({ generation, shard, number, thisUpdate, nextUpdate, madeMark, mark }) => ({
    generation,
    shard,
    revocationMark: mark,
    ...(number && thisUpdate && nextUpdate && madeMark
      ? { newest: { number: BigInt(number), thisUpdate, nextUpdate, revocationMark: madeMark } }
      : {}),
  }));
}

async function* revocationsOf(
  connection: Connection,
  { generation, shard }: CrlScope,
): AsyncGenerator<Revocation[]> {
  await connection.query(
    `declare revocations_of_scope no scroll cursor for
     select r.serial, r.effective_at as "revokedAt", r.reason from revocations r
     where r.generation = $1 and r.crl_shard = $2 and ${inEffect} order by r.serial`,
    [generation, shard],
  );
  for (;;) {
    const { rows } = await connection.query<Revocation>(`fetch ${chunkRows} from revocations_of_scope`);
    if (rows.length === 0) return;
    yield rows;
  }
}
