import type { LinkDataset } from "../../../protocol/link.ts";
import type { RegisteredTerms } from "../../../registry/link/datasets.ts";

/** A dataset whose words differ by the language. */
export const account: LinkDataset = {
  dataset: { ja: "口座", en: "Account" },
  purpose: { ja: "払い戻し", en: "Refund" },
};

/** One that has the same words in both. */
export const datasetOf = (dataset: string, purpose: string): LinkDataset => ({
  dataset: { ja: dataset, en: dataset },
  purpose: { ja: purpose, en: purpose },
});

/** Its terms, as a request or a link holds them. */
export const termsOf = (
  { dataset, purpose }: LinkDataset,
  parties: { from: string; to: string },
): RegisteredTerms => ({
  ...parties,
  dataset: dataset.ja,
  purpose: purpose.ja,
  inEnglish: { dataset: dataset.en, purpose: purpose.en },
});
