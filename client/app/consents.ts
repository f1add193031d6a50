import type { ConsentRecord } from "../../protocol/application.ts";
import type { NoticeReference } from "../../protocol/challenge.ts";
import { encode, sha256, utf8 } from "../../protocol/encoding.ts";
import type { AttributeName } from "../../protocol/names.ts";

/** What the person decided about one notice that was shown. */
export interface Decision {
  notice: NoticeReference;
  agreed: boolean;
  /** Which of the four attributes it is about; none for the terms. */
  attributes?: AttributeName[];
}

/** The records as they travel, and the digests the card signs instead of them. */
export async function consentRecords(decisions: Decision[]): Promise<{ texts: string[]; digests: string[] }> {
  const texts = decisions.map(({ notice, agreed, attributes = [] }) => {
    const salt = encode(crypto.getRandomValues(new Uint8Array(16)));
    return JSON.stringify({ notice, agreed, attributes, salt } satisfies ConsentRecord);
  });
  return { texts, digests: await Promise.all(texts.map((text) => sha256(utf8(text)))) };
}
