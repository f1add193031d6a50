import type { Revocation } from "../../../pki/ca/revocation.ts";
import type { RevocationReason } from "../../../protocol/revocation.ts";
import type {
  CrlScope,
  IssuedSerial,
  RecordedStatus,
  ScopeState,
  StatusRegistry,
  StoredCrl,
} from "../../../status/status-registry.ts";

interface Row {
  generation: string;
  shard: number;
  stored: boolean;
  notBefore?: Date;
  /** `revokedAt`: from when on it counts. */
  revocation?: { reason: RevocationReason; revokedAt: Date };
}

type Make = Parameters<StatusRegistry["publishCrl"]>[1];

/** A StatusRegistry in memory: several processes share it as they would share Postgres. */
export class MemoryRegistry implements StatusRegistry {
  readonly published: (StoredCrl & CrlScope)[] = [];
  /** While set, every call fails, as when Postgres is down. */
  down = false;
  /** The clock of the database. */
  clock = () => new Date();
  /** How often statuses were read. */
  statusReads = 0;
  readonly #rows = new Map<string, Row>();
  readonly #locked = new Set<string>();

  /** Stores an intent and its certificate; `stored: false` leaves the certificate out. */
  issued(serial: string, more: Partial<Row> = {}): void {
    const shard = Number.parseInt(serial.slice(-2), 16) % 8;
    this.#rows.set(serial, { generation: "g1", shard, stored: true, ...more });
  }

  revoke(serial: string, reason: RevocationReason, revokedAt = new Date()): void {
    if (!this.#rows.has(serial)) this.issued(serial);
    this.#rows.get(serial)!.revocation = { reason, revokedAt };
  }

  async statusOfMany(serials: readonly string[]): Promise<Map<string, RecordedStatus>> {
    this.#reach();
    this.statusReads += 1;
    return new Map(
      serials.flatMap((serial): [string, RecordedStatus][] => {
        const row = this.#rows.get(serial);
        if (row === undefined) return [];
        const { generation, notBefore } = row;
        const revocation = this.#effective(row);
        if (!row.stored && revocation === undefined) return [];
        const known = { generation, ...(notBefore && { notBefore }) };
        return revocation === undefined
          ? [[serial, { ...known, status: "good" }]]
          : [[serial, { ...known, status: "revoked", ...revocation }]];
      }),
    );
  }

  async newestSerials(limit: number): Promise<IssuedSerial[]> {
    this.#reach();
    return [...this.#rows]
      .filter(([, { stored }]) => stored)
      .map(([serial, { generation }]) => ({ serial, generation }))
      .toReversed()
      .slice(0, limit);
  }

  async recentRevocations(since: Date): Promise<IssuedSerial[]> {
    this.#reach();
    return [...this.#rows].flatMap(([serial, row]) => {
      const revocation = this.#effective(row);
      const { generation } = row;
      return revocation !== undefined && revocation.revokedAt >= since ? [{ serial, generation }] : [];
    });
  }

  async scopeStates(scopes: readonly CrlScope[]): Promise<ScopeState[]> {
    this.#reach();
    return scopes.map(({ generation, shard }) => this.#state({ generation, shard }));
  }

  async currentCrl(scope: CrlScope): Promise<StoredCrl | undefined> {
    this.#reach();
    return this.#ofScope(scope).at(-1);
  }

  async publishCrl(scope: CrlScope, make: Make): Promise<bigint | undefined> {
    this.#reach();
    const name = `${scope.generation}/${scope.shard}`;
    if (this.#locked.has(name)) return undefined;
    this.#locked.add(name);
    try {
      const state = this.#state(scope);
      const made = await make({ state, entries: [this.#revocations(scope)] });
      if (made === undefined) return undefined;
      this.published.push({ ...scope, ...made, revocationMark: state.revocationMark });
      return made.number;
    } finally {
      this.#locked.delete(name);
    }
  }

  #ofScope({ generation, shard }: CrlScope): StoredCrl[] {
    return this.published.filter((crl) => crl.generation === generation && crl.shard === shard);
  }

  #state(scope: CrlScope): ScopeState {
    const newest = this.#ofScope(scope).at(-1);
    const revocationMark = String(this.#revocations(scope).length);
    return { ...scope, revocationMark, ...(newest && { newest }) };
  }

  #revocations({ generation, shard }: CrlScope): Revocation[] {
    return [...this.#rows].flatMap(([serial, row]) => {
      const revocation = this.#effective(row);
      return revocation !== undefined && row.generation === generation && row.shard === shard
        ? [{ serial, ...revocation }]
        : [];
    });
  }

  #effective({ revocation }: Row): Row["revocation"] {
    return revocation !== undefined && revocation.revokedAt <= this.clock() ? revocation : undefined;
  }

  #reach(): void {
    if (this.down) throw new Error("The registry does not answer.");
  }
}
