import type { ConsentRecord } from "../../protocol/application.ts";
import type { NoticeReference } from "../../protocol/challenge.ts";
import { encode, sha256, utf8 } from "../../protocol/encoding.ts";
import { type AttributeName, attributeName } from "../../protocol/names.ts";

/** The person's decision on one notice that was shown. */
export interface Decision {
  notice: NoticeReference;
  agreed: boolean;
  /** The attributes that it is about; empty for the terms. */
  attributes?: AttributeName[];
}

/** The terms were not agreed to: a certificate requires them, so the card is not used. */
export class TermsNotAgreed extends Error {
  override name = "TermsNotAgreed";
  readonly ja: string = "利用規約に同意していません。";
  readonly next = {
    en: "Show the terms and ask again.",
    ja: "利用規約を表示し、もう一度確認してください。",
  };

  constructor() {
    super("The terms were not agreed to; a certificate requires them.");
  }
}

/** Throws {@link TermsNotAgreed} unless terms were shown and all of them agreed to. */
export function requireTerms(decisions: Decision[]): void {
  const terms = decisions.filter(({ notice }) => notice.purpose === "terms");
  if (terms.length === 0 || terms.some(({ agreed }) => !agreed)) throw new TermsNotAgreed();
}

/** Agrees to the named purposes, for all four attributes, and declines the others: the result of check boxes. */
export const decide = (notices: NoticeReference[], agreed: NoticeReference["purpose"][]): Decision[] =>
  notices.map((notice) => ({
    notice,
    agreed: agreed.includes(notice.purpose),
    attributes: notice.purpose === "terms" ? [] : [...attributeName.options],
  }));

/** The records as sent, and the digests that the card signs in place of them. */
export async function consentRecords(decisions: Decision[]): Promise<{ texts: string[]; digests: string[] }> {
  const texts = decisions.map(({ notice, agreed, attributes = [] }) => {
    const salt = encode(crypto.getRandomValues(new Uint8Array(16)));
    return JSON.stringify({ notice, agreed, attributes, salt } satisfies ConsentRecord);
  });
  return { texts, digests: await Promise.all(texts.map((text) => sha256(utf8(text)))) };
}
