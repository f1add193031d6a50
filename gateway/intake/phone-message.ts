import type { X509Certificate } from "node:crypto";
import { decodeJwt } from "jose";
import type { Pool } from "pg";
import type * as z from "zod";
import { malformed, Refusal, untrusted } from "../../domain/refusal.ts";
import { enrolmentId as enrolmentIdSchema } from "../../protocol/names.ts";
import {
  messageDigest,
  phoneMessage,
  type phoneMessageClaims,
  verifyPhoneMessage,
} from "../../protocol/phone-message.ts";
import {
  type Enrolment,
  findFormerEnrolment,
  findGoodEnrolment,
} from "../../registry/issuance/enrolments.ts";
import type { ProvenLimits } from "../limits/proven-limits.ts";
import { readDeviceCertificate } from "./device-certificate.ts";

export interface PhoneMessageDeps {
  pool: Pool;
  /** The CA's issuer name: the audience of every message. */
  issuer: string;
  clock: () => Date;
  limits?: Pick<ProvenLimits, "enrolment">;
}

export interface ReadMessage<T> {
  claims: T;
  /** The active enrolment, with a good certificate, whose device key signed. */
  enrolment: Enrolment;
  certificate: X509Certificate;
  /** The signed message itself, and its digest. */
  jws: string;
  digest: string;
}

/**
 * Reads a message signed with a phone's device key: the key must belong to an active enrolment with a valid, unrevoked
 * certificate. Every failure is one refusal, MESSAGE_UNTRUSTED, because the sender is not authenticated.
 */
export async function readPhoneMessage<T extends z.ZodType<Record<keyof typeof phoneMessageClaims, unknown>>>(
  deps: PhoneMessageDeps,
  body: unknown,
  schema: T,
  find: FindEnrolment = findGoodEnrolment,
): Promise<ReadMessage<z.infer<T>>> {
  const outer = phoneMessage.safeParse(body);
  if (!outer.success) throw malformed("The body is not a phone's signed message", outer.error);
  const jws = outer.data.message;
  const signer = await findSigner(deps, jws, find);
  if (!signer) throw untrusted();
  const options = { audience: deps.issuer, now: deps.clock() };
  const verdict = await verifyPhoneMessage(jws, signer.key, schema, options);
  if (!verdict.ok) {
    if (verdict.code === "MESSAGE_UNTRUSTED") throw untrusted();
    throw new Refusal({
      code: verdict.code,
      detail: "The signed message does not match its schema, or is not recent.",
    });
  }
  const { enrolment, certificate } = signer;
  deps.limits?.enrolment(enrolment.id, String((verdict.claims as { type?: unknown }).type));
  return { claims: verdict.claims, enrolment, certificate, jws, digest: await messageDigest(jws) };
}

/**
 * Reads a message that a replaced phone may also sign, while it is asked about its successor: its enrolment is then
 * `superseded`, and the caller shows it only that question.
 */
export const readFormerPhoneMessage: typeof readPhoneMessage = (deps, body, schema) =>
  readPhoneMessage(
    deps,
    body,
    schema,
    async (pool, id, now) =>
      (await findGoodEnrolment(pool, id, now)) ?? (await findFormerEnrolment(pool, id, now)),
  );

type FindEnrolment = typeof findGoodEnrolment;

async function findSigner({ pool, clock }: PhoneMessageDeps, jws: string, find: FindEnrolment) {
  const named = enrolmentIdSchema.safeParse(namedEnrolment(jws));
  const good = named.success ? await find(pool, named.data, clock()) : undefined;
  if (!good) return undefined;
  return { enrolment: good.enrolment, ...(await readDeviceCertificate(good.der)) };
}

function namedEnrolment(jws: string): unknown {
  try {
    return decodeJwt(jws)["enrolmentId"];
  } catch {
    return undefined;
  }
}
