/** SQL: whether a term has not ended at a moment. Stated to the second, it holds through it (`protocol/term.ts`). */
export const isInTerm = (validUntil: string, at: string): string =>
  `${validUntil} + case when ${validUntil} = date_trunc('second', ${validUntil}) then interval '1 second'
     else interval '0' end > ${at}::timestamptz`;
