import { SignJWT } from "jose";
import { GatewayRefusal } from "../../client/app/gateway.ts";
import type { Begun } from "../../client/app/one-tap.ts";
import type { ChallengeClaims } from "../../protocol/challenge.ts";
import { labels } from "../../protocol/labels.ts";
import { ensureServiceKeys } from "../../workers/keys.ts";
import { stack } from "./stack.ts";

/**
 * The same beginning with a challenge of a test's own making, under the stack's very service key: what the CA itself
 * might have signed at another time. `typ` makes it another kind of message under the same key.
 */
export async function remint(
  begun: Begun,
  changes: Partial<ChallengeClaims>,
  typ: string = labels.challenge,
): Promise<Begun> {
  const { service } = await ensureServiceKeys(`${stack.directory}/keys`);
  const claims = { ...begun.claims, ...changes };
  const challenge = await new SignJWT({ ...claims })
    .setProtectedHeader({ alg: "ES256", typ, kid: service.kid })
    .sign(service.privateKey);
  return { ...begun, claims, challenge };
}

/** Seconds since the epoch, so many from now. */
export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

/** Does what must be done before a challenge ends; with four times as long where a busy machine was too late. */
export async function beforeExpiry<T>(act: (exp: number) => Promise<T>, seconds = 4): Promise<T> {
  try {
    return await act(inSeconds(seconds));
  } catch (error) {
    if (!(error instanceof GatewayRefusal && error.code === "CHALLENGE_EXPIRED")) throw error;
    return beforeExpiry(act, seconds * 4);
  }
}
