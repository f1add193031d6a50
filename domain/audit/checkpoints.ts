import { createHash } from "node:crypto";
import { type CryptoKey, compactVerify, type JWK, SignJWT } from "jose";
import { z } from "zod";
import type { ChainHead } from "../../registry/audit/chain.ts";
import { type PurgeRecord, purgeRecord } from "./purge-record.ts";
import { purgeFault } from "./retention.ts";
import type { Checkpoint } from "./verdict.ts";

/** Append-only storage, outside the database, of checkpoints and purge records. */
export interface CheckpointStore {
  /** Resolves once the record is durable. */
  append(jws: string): Promise<void>;
  /** All records, in the order they were appended. */
  all(): AsyncIterable<string>;
  /** The last record. */
  last(): Promise<string | undefined>;
}

/** A checkpoint with the time at which it was signed. */
export interface SignedCheckpoint extends Checkpoint {
  at: Date;
}

/** A purge with the time at which it was signed. */
export interface SignedPurge extends PurgeRecord {
  at: Date;
}

/** The last signed record. Its digest, noted elsewhere, proves later that nothing up to it is missing. */
export interface LastSigned {
  /** SHA-256 (base64url) of the JWS; the next record names it. */
  digest: string;
  position: bigint;
  at: Date;
}

const checkpointType = "kazasu-audit-checkpoint+jwt";
const purgeType = "kazasu-audit-purge+jwt";

const hash = z.string().length(43);
const link = {
  iat: z.number().int(),
  /** SHA-256 (base64url) of the checkpoint or purge record before this one; absent in the first. */
  previous: hash.optional(),
};
const checkpointClaims = z.object({
  ...link,
  position: z.string().regex(/^[1-9][0-9]*$/),
  hash,
  lineId: z.string(),
});
const purgeClaims = z.object({
  ...link,
  /** Position of the last checkpoint before this record; 0 if there is none. */
  position: z.string().regex(/^(?:0|[1-9][0-9]*)$/),
  purge: purgeRecord,
});

/** SHA-256 (base64url) of a signed record; the next record names it. */
export const digestOfSigned = (jws: string): string => createHash("sha256").update(jws).digest("base64url");

interface AuditKey {
  kid: string;
  privateKey: CryptoKey;
}

/** Signs the position and hash that the chain has reached; each checkpoint names the signed record before it. */
export const signCheckpoint = (
  head: ChainHead,
  previous: string | undefined,
  key: AuditKey,
  at: Date,
): Promise<string> =>
  signLink(
    checkpointType,
    { position: head.position.toString(), hash: head.hash.toString("base64url"), lineId: head.lineId },
    { previous, key, at },
  );

/** Signs what a purge destroys; for audit lines, also where the chain continues. */
export const signPurgeRecord = (
  record: PurgeRecord,
  previous: string | undefined,
  key: AuditKey,
  at: Date,
): Promise<string> => {
  const position = previous === undefined ? 0n : positionOf(previous);
  const { chain, ...purge } = record;
  const from = chain && { chain: { ...chain, position: chain.position.toString() } };
  return signLink(
    purgeType,
    { position: position.toString(), purge: { ...purge, ...from } },
    { previous, key, at },
  );
};

const signLink = (
  typ: string,
  claims: Record<string, unknown>,
  { previous, key, at }: { previous: string | undefined; key: AuditKey; at: Date },
): Promise<string> =>
  new SignJWT({ ...claims, ...(previous === undefined ? {} : { previous: digestOfSigned(previous) }) })
    .setProtectedHeader({ alg: "ES256", typ, kid: key.kid })
    .setIssuedAt(Math.floor(at.getTime() / 1000))
    .sign(key.privateKey);

const payloadOf = (jws: string): unknown =>
  JSON.parse(Buffer.from(jws.split(".")[1] ?? "", "base64url").toString());

/** The chain position in this checkpoint, unverified: for the sequencer, which trusts its own folder. */
export const positionOf = (jws: string): bigint =>
  BigInt(purgeClaims.pick({ position: true }).parse(payloadOf(jws)).position);

/** The digest of the previous signed record, unverified as in {@link positionOf}. */
export const previousOf = (jws: string): string | undefined =>
  purgeClaims.pick({ previous: true }).parse(payloadOf(jws)).previous;

export type CheckpointsVerdict =
  | {
      ok: true;
      checkpoints: SignedCheckpoint[];
      purges: SignedPurge[];
      fault: string | undefined;
      last: LastSigned | undefined;
      /** The expected digests that were not found. */
      missing: string[];
    }
  | { ok: false; index: number; why: string };

/**
 * Verifies every checkpoint and purge record, and that none is missing between two. `index` counts from 1; `fault`
 * describes the first signed purge that the retention rule did not allow.
 * @param expected digests that were noted earlier
 */
export async function verifyCheckpoints(
  all: AsyncIterable<string>,
  key: JWK,
  expected: readonly string[] = [],
): Promise<CheckpointsVerdict> {
  const checkpoints: SignedCheckpoint[] = [];
  const purges: SignedPurge[] = [];
  const missing = new Set(expected);
  let last: LastSigned | undefined;
  let fault: string | undefined;
  let before: string | undefined;
  let index = 0;
  for await (const jws of all) {
    index += 1;
    const refused = (why: string) => ({ ok: false, index, why }) as const;
    const read = await readLink(jws, key);
    if (!read) return refused("Its signature does not verify under the audit key.");
    if (read.previous !== (before === undefined ? undefined : digestOfSigned(before)))
      return refused("It does not follow the record before it: a record is missing or was inserted.");
    const at = new Date(read.iat * 1000);
    if ("purge" in read) {
      fault ??= purgeFault(read.purge, at, checkpoints);
      purges.push({ ...read.purge, at });
    } else {
      const position = BigInt(read.position);
      if (position <= (checkpoints.at(-1)?.position ?? 0n))
        return refused("Its chain position is not after that of the checkpoint before it.");
      checkpoints.push({ position, hash: read.hash, at });
    }
    before = jws;
    last = { digest: digestOfSigned(jws), position: BigInt(read.position), at };
    missing.delete(last.digest);
  }
  return { ok: true, checkpoints, purges, fault, last, missing: [...missing] };
}

type Link = z.infer<typeof checkpointClaims> | z.infer<typeof purgeClaims>;

async function readLink(jws: string, key: JWK): Promise<Link | undefined> {
  try {
    const { payload, protectedHeader } = await compactVerify(jws, key, { algorithms: ["ES256"] });
    const claims: unknown = JSON.parse(Buffer.from(payload).toString());
    if (protectedHeader.typ === checkpointType) return checkpointClaims.parse(claims);
    if (protectedHeader.typ === purgeType) return purgeClaims.parse(claims);
    return undefined;
  } catch {
    return undefined;
  }
}
