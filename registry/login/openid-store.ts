import * as z from "zod";
import { type Connection, first } from "../database.ts";

const stored = z.record(z.string(), z.unknown());

/** Each write deletes some expired rows, and skips those that another is deleting. */
const sweep = `with ended as (select model, id from openid_payloads where expires_at < now() - interval '1 minute'
                 limit 100 for update skip locked),
               swept as (delete from openid_payloads p using ended e where p.model = e.model and p.id = e.id)`;

/** The token endpoint's storage, by model and id, each entry with an expiry. */
export class OpenIdStore {
  readonly #connection: Connection;
  readonly #model: string;

  constructor(connection: Connection, model: string) {
    this.#connection = connection;
    this.#model = model;
  }

  /** Stores a payload for `seconds`; `names` are further keys to find it by. */
  async upsert(
    id: string,
    payload: Record<string, unknown>,
    seconds: number | undefined,
    names: { grantId?: string | undefined; uid?: string | undefined } = {},
  ): Promise<void> {
    await this.#connection.query({
      name: "openid-upsert",
      text: `${sweep} insert into openid_payloads (model, id, payload, grant_id, uid, expires_at)
             values ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
             on conflict (model, id) do update
               set payload = excluded.payload, expires_at = excluded.expires_at, uid = excluded.uid,
                 grant_id = excluded.grant_id`,
      values: [
        this.#model,
        id,
        JSON.stringify(payload),
        names.grantId ?? null,
        names.uid ?? null,
        seconds ?? null,
      ],
    });
  }

  async find(id: string): Promise<Record<string, unknown> | undefined> {
    const row = first(
      await this.#connection.query<{ payload: unknown; consumed: boolean }>({
        name: "openid-find",
        text: `select payload, consumed_at is not null as consumed from openid_payloads
               where model = $1 and id = $2 and (expires_at is null or expires_at > now())`,
        values: [this.#model, id],
      }),
    );
    return row && { ...stored.parse(row.payload), ...(row.consumed ? { consumed: true } : {}) };
  }

  /** The id of the payload with this second key. */
  async idOfUid(uid: string): Promise<string | undefined> {
    return first(
      await this.#connection.query<{ id: string }>({
        name: "openid-id-of-uid",
        text: `select id from openid_payloads
               where model = $1 and uid = $2 and (expires_at is null or expires_at > now())`,
        values: [this.#model, uid],
      }),
    )?.id;
  }

  /** Marks as used: true for the first caller, false for any concurrent or later one. */
  async consume(id: string): Promise<boolean> {
    const { rowCount } = await this.#connection.query({
      name: "openid-consume",
      text: "update openid_payloads set consumed_at = now() where model = $1 and id = $2 and consumed_at is null",
      values: [this.#model, id],
    });
    return rowCount === 1;
  }

  async destroy(id: string): Promise<void> {
    await this.#connection.query({
      name: "openid-destroy",
      text: "delete from openid_payloads where model = $1 and id = $2",
      values: [this.#model, id],
    });
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.#connection.query({
      name: "openid-revoke-by-grant",
      text: "delete from openid_payloads where grant_id = $1",
      values: [grantId],
    });
  }
}
