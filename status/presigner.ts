import { setTimeout as sleep } from "node:timers/promises";
import type { Authorities } from "../pki/ca/authorities.ts";
import type { Authority } from "../pki/ca/authority.ts";
import { answerTimes, makeOcspResponse } from "../pki/ca/ocsp.ts";
import { certIdForms, makeCertId } from "../pki/ca/ocsp-cert-id.ts";
import { type Answer, AnswerCache, type AnswerKey, keyText } from "./answer-cache.ts";
import { entityTag } from "./entity-tag.ts";
import type { RecordedStatus, StatusRegistry } from "./status-registry.ts";

export interface PresignerOptions {
  authorities: () => Authorities;
  registry: StatusRegistry;
  clock: () => Date;
  /** From thisUpdate to nextUpdate; an answer is signed again at half of it. */
  validitySeconds: number;
  /** Answers in memory, about 1.5 kB each. */
  maxPresigned: number;
}

/** Statuses read in one batch, which is signed before other work continues. */
const batchSize = 250;
/** The two CertID forms that clients use: pre-signed. Others are signed on request. */
const presignedForms = certIdForms.slice(0, 2);
/** A revocation may have the start time of its transaction, and clocks differ: each poll looks back this far. */
const lookbackMs = 600_000;

/** Signs answers ahead of requests, renews them in time, and answers revocations at once. */
export interface Presigner {
  cache: AnswerCache;
  /** When revocations were last read; the cache has every earlier one. */
  noticedAt: () => Date;
  /** Signs once for the newest certificates until the cache is full; then renews what is past half of its validity. */
  renew(): Promise<void>;
  /**
   * Replaces every `good` of a serial whose revocation took effect since the last poll; of very many, all but the first later.
   */
  noticeRevocations(): Promise<void>;
  /** Signs one answer and caches it; concurrent requests for it share one signature. `asOf`: when its status was read. */
  sign(authority: Authority, key: AnswerKey, status: RecordedStatus, asOf: Date): Promise<Answer>;
  /** Stops background work. */
  close(): void;
}

export function createPresigner(options: PresignerOptions): Presigner {
  const { registry, clock, validitySeconds } = options;
  const cache = new AnswerCache(options.maxPresigned);
  const closing = new AbortController();
  const underWay = new Map<string, Promise<Answer>>();
  let noticedAt = clock();
  /** Revoked and not signed again yet, because there were many: requests meanwhile get individual signatures. */
  const revokedKeys: AnswerKey[] = [];
  let isFilled = false;

  const makeAnswer = async (
    authority: Authority,
    key: AnswerKey,
    status: RecordedStatus,
    asOf: Date,
  ): Promise<Answer> => {
    const { notBefore } = status;
    const certId = makeCertId(authority, key.form, key.serial);
    const about = { certId, status, ...(notBefore && { notBefore }) };
    const input = { now: clock(), asOf, validitySeconds };
    const { thisUpdate, nextUpdate } = answerTimes(authority, about, input);
    const made = await makeOcspResponse(authority, [about], input);
    const der = Buffer.from(made.buffer, made.byteOffset, made.byteLength);
    const answer: Answer = {
      generation: key.generation,
      form: key.form,
      serial: key.serial,
      der,
      etag: entityTag(der),
      status: status.status,
      thisUpdate,
      nextUpdate,
    };
    cache.put(answer);
    return answer;
  };

  const sign: Presigner["sign"] = (authority, key, status, asOf) => {
    const name = `${keyText(key)} ${status.status}`;
    const known = underWay.get(name);
    if (known !== undefined) return known;
    const signing = makeAnswer(authority, key, status, asOf).finally(() => underWay.delete(name));
    underWay.set(name, signing);
    return signing;
  };

  /** A generation whose key store fails is skipped from then on, so that the others continue. */
  const signBatch = async (keys: readonly AnswerKey[], failed: Map<string, unknown>): Promise<void> => {
    const asOf = clock();
    const statuses = await registry.statusOfMany([...new Set(keys.map(({ serial }) => serial))]);
    const standing = options.authorities().all.filter(({ issuer }) => issuer.notAfter > asOf);
    for (const key of keys) {
      const authority = standing.find(({ generation }) => generation === key.generation);
      const status = statuses.get(key.serial);
      if (authority === undefined || status?.generation !== key.generation) cache.delete(keyText(key));
      // One after the other: a request with a nonce waits for one signature at most.
      else if (!failed.has(key.generation))
        await sign(authority, key, status, asOf).catch((error: unknown) => failed.set(key.generation, error));
      if (closing.signal.aborted) return;
    }
  };

  /** Half of the time is left for requests: the signer may be a slow HSM. */
  const signPaced = async (keys: readonly AnswerKey[]): Promise<void> => {
    const failed = new Map<string, unknown>();
    for (let at = 0; at < keys.length && !closing.signal.aborted; at += batchSize) {
      const begin = performance.now();
      await signBatch(keys.slice(at, at + batchSize), failed);
      await pause(performance.now() - begin, closing.signal);
    }
    const [cause] = failed.values();
    if (failed.size === 0) return;
    const whose = [...failed.keys()].join(", ");
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Answers of ${whose} could not be signed: ${why} Look at its key store.`, { cause });
  };

  const fill = async (): Promise<void> => {
    const certificates = Math.ceil(options.maxPresigned / presignedForms.length);
    const issued = await registry.newestSerials(certificates, clock());
    const keys = issued
      .flatMap(({ serial, generation }) => presignedForms.map((form) => ({ serial, generation, form })))
      .filter((key) => cache.peek(keyText(key)) === undefined);
    await signPaced(keys.slice(0, options.maxPresigned));
  };

  const refreshDue = async (): Promise<void> => {
    const bornBefore = clock().getTime() - (validitySeconds * 1000) / 2;
    const due = [...cache.values()].filter(({ thisUpdate }) => thisUpdate.getTime() <= bornBefore);
    await signPaced(due.toSorted((a, b) => a.thisUpdate.getTime() - b.thisUpdate.getTime()));
  };

  return {
    cache,
    noticedAt: () => noticedAt,
    sign,
    async renew() {
      const turns = [() => signPaced(revokedKeys.splice(0)), ...(isFilled ? [] : [fill]), refreshDue];
      const failures: unknown[] = [];
      for (const turn of turns) await turn().catch((error: unknown) => failures.push(error));
      isFilled ||= failures.length === 0;
      if (failures.length > 0) throw failures[0];
    },
    async noticeRevocations() {
      const now = clock();
      const revoked = await registry.recentRevocations(new Date(noticedAt.getTime() - lookbackMs));
      const wrong = revoked
        .flatMap(({ serial, generation }) => certIdForms.map((form) => ({ serial, generation, form })))
        .filter((key) => cache.peek(keyText(key))?.status === "good");
      // Remove first: if the signer fails, nobody is answered `good` any more.
      for (const key of wrong) cache.delete(keyText(key));
      // The many answers of a mass revocation are not awaited: the next poll must be on time.
      revokedKeys.push(...wrong.splice(batchSize));
      noticedAt = now;
      await signPaced(wrong);
    },
    close() {
      closing.abort();
    },
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal, ref: false });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
