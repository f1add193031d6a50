import { createHash } from "node:crypto";
import { type CryptoKey, compactVerify, type JWK, SignJWT } from "jose";
import { z } from "zod";
import type { ChainHead } from "./audit-chain.ts";
import type { Checkpoint } from "./audit-verdict.ts";

/** Where checkpoints are kept: outside the database, only ever added to. */
export interface CheckpointStore {
  /** Resolves once it cannot be lost. */
  append(jws: string): Promise<void>;
  /** All of them, in the order they were added. */
  all(): AsyncIterable<string>;
  /** The last one. */
  last(): Promise<string | undefined>;
}

const typ = "kazasu-audit-checkpoint+jwt";
const claims = z.object({
  position: z.string().regex(/^[1-9][0-9]*$/),
  hash: z.string().length(43),
  lineId: z.string(),
  iat: z.number().int(),
  /** SHA-256 (base64url) of the checkpoint before this one; absent in the first. */
  previous: z.string().length(43).optional(),
});

const digestOf = (jws: string): string => createHash("sha256").update(jws).digest("base64url");

/** Signs how far the chain is; each checkpoint names the one before it. */
export async function signCheckpoint(
  head: ChainHead,
  previous: string | undefined,
  key: { kid: string; privateKey: CryptoKey },
  at: Date,
): Promise<string> {
  return new SignJWT({
    position: head.position.toString(),
    hash: head.hash.toString("base64url"),
    lineId: head.lineId,
    ...(previous === undefined ? {} : { previous: digestOf(previous) }),
  })
    .setProtectedHeader({ alg: "ES256", typ, kid: key.kid })
    .setIssuedAt(Math.floor(at.getTime() / 1000))
    .sign(key.privateKey);
}

/** How far a checkpoint says the chain was, unverified: for the sequencer, which trusts its own folder. */
export function positionOf(jws: string): bigint {
  const payload = claims.parse(JSON.parse(Buffer.from(jws.split(".")[1] ?? "", "base64url").toString()));
  return BigInt(payload.position);
}

export type CheckpointsVerdict =
  | { ok: true; checkpoints: Checkpoint[] }
  | { ok: false; index: number; why: string };

/** Verifies every checkpoint and that none between two is missing. `index` counts from 1. */
export async function verifyCheckpoints(all: AsyncIterable<string>, key: JWK): Promise<CheckpointsVerdict> {
  const checkpoints: Checkpoint[] = [];
  let before: string | undefined;
  let index = 0;
  for await (const jws of all) {
    index += 1;
    const refused = (why: string) => ({ ok: false, index, why }) as const;
    const read = await readCheckpoint(jws, key);
    if (!read) return refused("Its signature does not verify under the audit key.");
    if (read.previous !== (before === undefined ? undefined : digestOf(before)))
      return refused("It does not follow the one before it: one is missing, or was put in.");
    const position = BigInt(read.position);
    if (position <= (checkpoints.at(-1)?.position ?? 0n)) return refused("It goes back in the chain.");
    checkpoints.push({ position, hash: read.hash });
    before = jws;
  }
  return { ok: true, checkpoints };
}

async function readCheckpoint(jws: string, key: JWK): Promise<z.infer<typeof claims> | undefined> {
  try {
    const { payload, protectedHeader } = await compactVerify(jws, key, { algorithms: ["ES256"] });
    if (protectedHeader.typ !== typ) return undefined;
    return claims.parse(JSON.parse(Buffer.from(payload).toString()));
  } catch {
    return undefined;
  }
}
