import type { z } from "zod";
import { malformed, Refusal } from "../../domain/refusal.ts";
import { envelope } from "../../protocol/application.ts";
import { type ChallengeClaims, verifyChallenge } from "../../protocol/challenge.ts";
import { open, type SealingContext } from "../../protocol/sealing.ts";
import type { SealingKey, ServiceKey } from "../service-keys.ts";

/** Dependencies of opening an envelope. */
export interface EnvelopeDeps {
  clock: () => Date;
  serviceKey: Pick<ServiceKey, "publicJwk">;
  sealingKey: Pick<SealingKey, "keyPair">;
}

export interface Opened<T> {
  challenge: { jws: string; claims: ChallengeClaims };
  /** The challenge has expired: nothing new may be started, but an earlier outcome may still be returned. */
  expired: boolean;
  message: T;
}

/**
 * Opens an envelope: the challenge must be ours, the message must decrypt under our key and this challenge, and its content
 * must match the schema. Throws a {@link Refusal} otherwise.
 */
export async function openEnvelope<T extends z.ZodType>(
  deps: EnvelopeDeps,
  body: unknown,
  schema: T,
  context: (challenge: string) => SealingContext,
): Promise<Opened<z.infer<T>>> {
  const outer = envelope.safeParse(body);
  if (!outer.success) throw malformed("The body is not an envelope", outer.error);
  const { challenge: jws, sealed } = outer.data;
  const { claims, expired } = await readChallenge(deps, jws);
  const plaintext = await open(deps.sealingKey.keyPair, sealed, context(jws));
  if (!plaintext) {
    throw new Refusal({
      code: "ENVELOPE_UNREADABLE",
      detail: "The message was not sealed to this CA's key for this challenge.",
    });
  }
  const inner = schema.safeParse(parseJson(plaintext));
  if (!inner.success) throw malformed("The sealed message does not match its schema", inner.error);
  return { challenge: { jws, claims }, expired, message: inner.data };
}

async function readChallenge(
  deps: EnvelopeDeps,
  jws: string,
): Promise<{ claims: ChallengeClaims; expired: boolean }> {
  const now = deps.clock();
  const verdict = await verifyChallenge(jws, deps.serviceKey.publicJwk, { now });
  if (verdict.ok) return { claims: verdict.claims, expired: false };
  if (verdict.code === "CHALLENGE_EXPIRED") {
    const earlier = await verifyChallenge(jws, deps.serviceKey.publicJwk, {
      now,
      clockToleranceSeconds: Number.MAX_SAFE_INTEGER,
    });
    if (earlier.ok) return { claims: earlier.claims, expired: true };
  }
  throw new Refusal({
    code: "CHALLENGE_INVALID",
    detail: "The challenge is not a JWS signed by this CA's service key.",
  });
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
