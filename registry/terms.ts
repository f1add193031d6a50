/** SQL: whether a term has not ended at a moment; its last second counts in full (`protocol/term.ts`). */
export const isInTerm = (validUntil: string, at: string): string =>
  `${validUntil} >= date_trunc('second', ${at}::timestamptz)`;
