import { type DueCrlOptions, publishDueCrls, scopesOf } from "./due-crls.ts";
import { entityTag } from "./entity-tag.ts";
import type { CrlScope, CrlTimes } from "./status-registry.ts";

export interface HeldCrl extends CrlTimes {
  der: Buffer;
  /** Including its quotes. */
  etag: string;
}

/** The newest CRL of every scope, in memory: served even while Postgres, or everything else, is down. */
export interface CrlShelf {
  /** The CRL of a scope; `undefined` if there is no valid one. */
  get(scope: CrlScope): HeldCrl | undefined;
  /** Publishes CRLs that are due and loads new ones, from this process or another. Never rejects. */
  refresh(): Promise<void>;
  /** Every scope that should have a CRL, the end of its issuing CA, and its CRL, valid or not. */
  all(): { scope: CrlScope; ends: Date; held: HeldCrl | undefined }[];
}

export function createCrlShelf(options: DueCrlOptions): CrlShelf {
  const { registry, clock, log } = options;
  const shelf = new Map<string, HeldCrl>();
  let refreshing: Promise<void> | undefined;

  const takeOver = async (): Promise<void> => {
    for (const { newest, ...scope } of await registry.scopeStates(scopesOf(options))) {
      const held = shelf.get(placeOf(scope));
      // A registry restored from a backup has an older CRL: a published one is not withdrawn.
      if (newest === undefined || (held !== undefined && newest.number <= held.number)) continue;
      const crl = await registry.currentCrl(scope);
      if (crl === undefined) continue;
      const der = Buffer.from(crl.der.buffer, crl.der.byteOffset, crl.der.byteLength);
      shelf.set(placeOf(scope), { ...crl, der, etag: entityTag(der) });
    }
  };
  const attempt = async (what: () => Promise<unknown>): Promise<void> => {
    try {
      await what();
    } catch (error) {
      const { message, cause } = error as Error;
      const reason = cause instanceof Error ? `${message} ${cause.message}` : message;
      log.error({ reason }, "The CRLs could not be updated; the last valid ones are served.");
    }
  };
  const refresh = async (): Promise<void> => {
    await attempt(() => publishDueCrls(options));
    await attempt(takeOver);
  };

  return {
    get(scope) {
      const held = shelf.get(placeOf(scope));
      return held !== undefined && clock() < held.nextUpdate ? held : undefined;
    },
    async refresh() {
      // Concurrent calls share one refresh.
      refreshing ??= refresh().finally(() => {
        refreshing = undefined;
      });
      await refreshing;
    },
    all: () =>
      scopesOf(options).map(({ ends, ...scope }) => ({ scope, ends, held: shelf.get(placeOf(scope)) })),
  };
}

const placeOf = ({ generation, shard }: CrlScope): string => `${generation}/${shard}`;
