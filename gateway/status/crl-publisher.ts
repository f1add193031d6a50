import type { FastifyBaseLogger } from "fastify";
import type { Authority } from "../../pki/ca/authority.ts";
import { makeCrl } from "../../pki/ca/crl.ts";
import { wholeSeconds } from "../../pki/ca/time.ts";
import type { StatusRegistry, StoredCrl } from "./status-registry.ts";

export interface CrlPublisherOptions {
  authority: Authority;
  registry: StatusRegistry;
  /** From thisUpdate to nextUpdate. */
  validitySeconds: number;
  clock: () => Date;
  log: FastifyBaseLogger;
}

export interface CrlPublisher {
  /**
   * The CRL to serve now, made anew when revocations moved or half of its validity has passed. When the registry
   * or the signer does not answer, the last one, as long as it is valid; `undefined` when there is none.
   */
  current(): Promise<StoredCrl | undefined>;
}

export function createCrlPublisher(options: CrlPublisherOptions): CrlPublisher {
  const { authority, registry, clock, log } = options;
  /** The newest CRL this process has seen: what is served while Postgres is down. */
  let last: StoredCrl | undefined;
  let refreshing: Promise<void> | undefined;

  const publish = () =>
    registry.publishCrl(async ({ number, entries }) => {
      const thisUpdate = wholeSeconds(clock());
      const nextUpdate = new Date(thisUpdate.getTime() + options.validitySeconds * 1000);
      const der = await makeCrl(authority, { number, thisUpdate, nextUpdate, entries });
      return { der, thisUpdate, nextUpdate };
    });

  const refresh = async (): Promise<void> => {
    // The mark first: a revocation between the two reads makes one CRL too many, never one too few.
    const mark = await registry.revocationMark();
    const stored = await registry.currentCrl();
    last = stored ?? last;
    if (stored !== undefined && stored.revocationMark === mark && clock() < halfTime(stored)) return;
    await publish();
    last = (await registry.currentCrl()) ?? last;
    log.info({ number: String(last?.number) }, "A new CRL is published.");
  };

  return {
    async current() {
      // Requests that come while one is at it share its result.
      refreshing ??= refresh().finally(() => {
        refreshing = undefined;
      });
      try {
        await refreshing;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        log.error({ reason }, "The CRL could not be brought up to date; the last valid one is served.");
      }
      return last !== undefined && clock() < last.nextUpdate ? last : undefined;
    },
  };
}

const halfTime = ({ thisUpdate, nextUpdate }: StoredCrl): Date =>
  new Date((thisUpdate.getTime() + nextUpdate.getTime()) / 2);
