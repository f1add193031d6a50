import type * as z from "zod";
import type { sealedAnswer } from "../../protocol/consent.ts";
import { encode } from "../../protocol/encoding.ts";
import type { PhoneMessage } from "../../protocol/phone-message.ts";
import { answerContext, makeSealingKey, open } from "../../protocol/sealing.ts";
import { UntrustedAnswer } from "./gateway.ts";
import { type PhoneEnrolment, signPhoneMessage } from "./phone-message.ts";

/**
 * Requests data that only this phone may read: the answer is sealed to a one-use key inside the signed request. Throws what
 * `send` throws, and UntrustedAnswer if the answer was not sealed to this request or does not match its schema.
 */
export async function askSealed<T extends z.ZodType>(
  phone: PhoneEnrolment,
  content: { type: string },
  send: (question: PhoneMessage) => Promise<z.infer<typeof sealedAnswer>>,
  schema: T,
): Promise<z.infer<T>> {
  const { keyPair, point } = await makeSealingKey();
  const question = { ...content, ecdhKey: encode(point) };
  const { message, jti } = await signPhoneMessage(phone, question);
  const { sealed } = await send({ message });
  const plaintext = await open(keyPair, sealed, answerContext(jti));
  const read = schema.safeParse(plaintext && parseJson(new TextDecoder().decode(plaintext)));
  if (!read.success) throw new UntrustedAnswer("The answer was not sealed to this question.");
  return read.data;
}

/** `undefined` if the text is not JSON, which no schema of this protocol accepts. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
