import type { FastifyBaseLogger } from "fastify";
import type { Authorities } from "../pki/ca/authorities.ts";
import type { Authority } from "../pki/ca/authority.ts";
import { crlPeriod, makeCrl } from "../pki/ca/crl.ts";
import { crlUrl } from "../pki/ca/status-urls.ts";
import type { CrlScope, ScopeState, StatusRegistry } from "./status-registry.ts";

/** From thisUpdate to nextUpdate: EN 319 411-1 requires a CRL at least daily; a new one is issued at half of this. */
export const crlValiditySeconds = 86_400;

export interface DueCrlOptions {
  /** Called at each use: a rollover takes effect without a restart. */
  authorities: () => Authorities;
  registry: StatusRegistry;
  clock: () => Date;
  /** The public base URL of the CRLs, without a trailing slash: `<crlBase>/<generation>/<shard>.crl`. */
  crlBase: string;
  validitySeconds: number;
  log: Pick<FastifyBaseLogger, "info" | "error">;
}

export interface PublishedCrl extends CrlScope {
  number: number;
}

/**
 * Issues the CRL of every scope whose revocations changed or whose newest CRL is past half of its validity. Any number of
 * processes may run it at once: a scope locked by another is skipped.
 *
 * Rejects if Postgres does not answer; and, after all scopes were tried, if the CRL of one could not be issued.
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
        options.log.info({ generation, shard, number: String(number) }, "A new CRL was published.");
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

/** The shards of all generations whose issuing CA can still sign a verifiable CRL. */
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
  // Before the revocations are read, so that the CRL has everything in effect at thisUpdate.
  const asOf = options.clock();
  return options.registry.publishCrl({ generation, shard }, async ({ state, entries }) => {
    // Another process may have issued it in the meantime.
    if (!isDue(options, authority, state)) return undefined;
    const period = crlPeriod(authority.issuer, asOf, options.validitySeconds);
    const number = nextCrlNumber(state.newest?.number, asOf);
    const distributionPoint = crlUrl(options.crlBase, generation, shard);
    const der = await makeCrl(authority, { number, ...period, entries, distributionPoint });
    return { number, der, ...period };
  });
}

/**
 * The cRLNumber of the next CRL of a scope: the milliseconds since 1970, and always more than the newest in the registry. A
 * registry restored from a backup has an older number than the published one; time has advanced since, so no number is reused
 * (docs/decisions/0028).
 */
export function nextCrlNumber(newest: bigint | undefined, now: Date): bigint {
  const byTime = BigInt(now.getTime());
  return newest !== undefined && newest >= byTime ? newest + 1n : byTime;
}

function isDue({ clock }: DueCrlOptions, { issuer }: Authority, state: ScopeState): boolean {
  const { newest } = state;
  if (newest === undefined || newest.revocationMark !== state.revocationMark) return true;
  // The last CRL ends with its CA: another one with the same end has no use.
  const isLast = newest.nextUpdate >= issuer.notAfter;
  const half = (newest.thisUpdate.getTime() + newest.nextUpdate.getTime()) / 2;
  return !isLast && clock().getTime() >= half;
}
