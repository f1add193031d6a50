/** SQL: whether a term has not ended at a given time. It ends with its last whole second (`protocol/term.ts`). */
export const isInTerm = (validUntil: string, at: string): string =>
  `${validUntil} + case when ${validUntil} = date_trunc('second', ${validUntil}) then interval '1 second'
     else interval '0' end > ${at}::timestamptz`;

/**
 * SQL: whether a consent is in force at a given time: neither it nor its term has ended. `domain/consent/in-force.ts` is the
 * same rule for a row already read.
 * @param consent alias of the row
 * @param at parameter of the time
 */
export const isInForce = (consent: string, at: string): string =>
  `(${consent}.state = 'in-force' and ${isInTerm(`${consent}.valid_until`, at)})`;
