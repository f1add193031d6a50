import { certificateRequest } from "../../client/app/csr.ts";
import type { Session } from "../../client/app/one-tap.ts";
import type { Envelope } from "../../protocol/application.ts";
import { decode, encode, utf8 } from "../../protocol/encoding.ts";
import { activationContext, applicationContext, type SealingContext, seal } from "../../protocol/sealing.ts";

/** What a challenge says of itself, and all that sealing needs of it. */
type Challenged = Pick<Session, "challenge" | "claims">;

const sealTo = async ({ challenge, claims }: Challenged, message: unknown, context: SealingContext) => ({
  challenge,
  sealed: await seal(decode(claims.sealing.publicKey), utf8(JSON.stringify(message)), context),
});

export const sealedApplication = (to: Challenged, message: unknown): Promise<Envelope> =>
  sealTo(to, message, applicationContext(to.challenge));

/** The second message; `swapped.csr` replaces this phone's own certificate request. */
export async function sealedActivation(
  begun: Session,
  code: Uint8Array,
  swapped: { csr?: Uint8Array } = {},
): Promise<Envelope> {
  const csr = encode(swapped.csr ?? (await certificateRequest(begun.deviceKey)));
  return sealTo(begun, { code: encode(code), csr }, activationContext(begun.challenge));
}
