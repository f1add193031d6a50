/** SQL: whether a term has not ended at a moment. Stated to the second, it holds through it (`protocol/term.ts`). */
export const isInTerm = (validUntil: string, at: string): string =>
  `${validUntil} + case when ${validUntil} = date_trunc('second', ${validUntil}) then interval '1 second'
     else interval '0' end > ${at}::timestamptz`;

/**
 * SQL: whether a consent is in force at a moment: it has not ended, and neither has its term. `domain/consent/in-force.ts` is the
 * same for a row that was read.
 * @param consent alias of the row
 * @param at parameter of the moment
 */
export const isInForce = (consent: string, at: string): string =>
  `(${consent}.state = 'in-force' and ${isInTerm(`${consent}.valid_until`, at)})`;
