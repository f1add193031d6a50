import type * as z from "zod";
import { Refusal } from "../../domain/refusal.ts";
import type { sealedAnswer } from "../../protocol/consent.ts";
import { decode, utf8 } from "../../protocol/encoding.ts";
import { answerContext, seal } from "../../protocol/sealing.ts";

/** Seals personal data to the one-use key of the phone's request. A key that is not a point on the curve is refused. */
export async function sealAnswer(
  { ecdhKey, jti }: { ecdhKey: string; jti: string },
  answer: object,
): Promise<z.infer<typeof sealedAnswer>> {
  const text = utf8(JSON.stringify(answer));
  try {
    return { sealed: await seal(decode(ecdhKey), text, answerContext(jti)) };
  } catch {
    throw new Refusal({ code: "MALFORMED_REQUEST", detail: "The one-use key is not a point of P-256." });
  }
}
