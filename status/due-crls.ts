import type { FastifyBaseLogger } from "fastify";
import type { Authorities } from "../pki/ca/authorities.ts";
import type { Authority } from "../pki/ca/authority.ts";
import { crlPeriod, makeCrl } from "../pki/ca/crl.ts";
import { crlUrl } from "../pki/ca/status-urls.ts";
import type { CrlScope, ScopeState, StatusRegistry } from "./status-registry.ts";

/** From thisUpdate to nextUpdate: EN 319 411-1 wants a CRL daily at least, and a new one is made at half of this. */
export const crlValiditySeconds = 86_400;

export interface DueCrlOptions {
  /** Asked at each use: a rollover is seen without a restart. */
  authorities: () => Authorities;
  registry: StatusRegistry;
  clock: () => Date;
  /** Where the world finds the CRLs, without a slash at the end: `<crlBase>/<generation>/<shard>.crl`. */
  crlBase: string;
  validitySeconds: number;
  log: Pick<FastifyBaseLogger, "info" | "error">;
}

export interface PublishedCrl extends CrlScope {
  number: number;
}

/**
 * Makes the CRL of every scope whose revocations moved or whose newest CRL has lived half of its life. Any number of
 * processes may do it at once: a scope that another is at is left to it.
 *
 * Rejects when Postgres does not answer; and, after all scopes had their turn, when the CRL of one could not be made.
 */
export async function publishDueCrls(options: DueCrlOptions): Promise<{ published: PublishedCrl[] }> {
  const states = await options.registry.scopeStates(scopesOf(options));
  const published: PublishedCrl[] = [];
  const failures: unknown[] = [];
  for (const state of states) {
    try {
      const number = await publishIfDue(options, state);
      if (number !== undefined) {
        const { generation, shard } = state;
        published.push({ generation, shard, number: Number(number) });
        options.log.info({ generation, shard, number: String(number) }, "A new CRL is published.");
      }
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    throw new Error(
      `${failures.length} of ${states.length} CRLs could not be made; look at Postgres and at the key store of their generation.`,
      { cause: failures[0] },
    );
  }
  return { published };
}

/** The shares of all generations whose issuing CA can still sign a CRL that anybody can check. */
export function scopesOf({
  authorities,
  clock,
}: Pick<DueCrlOptions, "authorities" | "clock">): (CrlScope & { ends: Date })[] {
  const now = clock();
  return authorities()
    .all.filter(({ issuer }) => issuer.notAfter > now)
    .flatMap(({ generation, crlShards, issuer }) =>
      Array.from({ length: crlShards }, (_, shard) => ({ generation, shard, ends: issuer.notAfter })),
    );
}

async function publishIfDue(options: DueCrlOptions, known: ScopeState): Promise<bigint | undefined> {
  const { generation, shard } = known;
  const authority = options.authorities().all.find((each) => each.generation === generation);
  if (authority === undefined || !isDue(options, authority, known)) return undefined;
  // Before the revocations are read: what has taken effect by thisUpdate is then in the list.
  const asOf = options.clock();
  return options.registry.publishCrl({ generation, shard }, async ({ state, entries }) => {
    // Another process may have made it while this one came.
    if (!isDue(options, authority, state)) return undefined;
    const period = crlPeriod(authority.issuer, asOf, options.validitySeconds);
    const number = nextCrlNumber(state.newest?.number, asOf);
    const distributionPoint = crlUrl(options.crlBase, generation, shard);
    const der = await makeCrl(authority, { number, ...period, entries, distributionPoint });
    return { number, der, ...period };
  });
}

/**
 * The cRLNumber of the next CRL of a scope: the milliseconds since 1970, and in any case more than the newest that the
 * registry knows. A registry that was restored from a backup knows an older one than the world has seen; the time has
 * passed on meanwhile, so no number comes twice (docs/decisions/0028).
 */
export function nextCrlNumber(newest: bigint | undefined, now: Date): bigint {
  const byTime = BigInt(now.getTime());
  return newest !== undefined && newest >= byTime ? newest + 1n : byTime;
}

function isDue({ clock }: DueCrlOptions, { issuer }: Authority, state: ScopeState): boolean {
  const { newest } = state;
  if (newest === undefined || newest.revocationMark !== state.revocationMark) return true;
  // The last CRL ends with its CA: nothing would be gained by another that ends then.
  const isLast = newest.nextUpdate >= issuer.notAfter;
  const half = (newest.thisUpdate.getTime() + newest.nextUpdate.getTime()) / 2;
  return !isLast && clock().getTime() >= half;
}
