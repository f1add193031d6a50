const secondMs = 1_000;

/**
 * Whether a term is over. It is stated to the second and its last second counts in full: what is valid until 23:59:59 JST
 * is in force through 23:59:59.999. `registry/terms.ts` says the same in SQL.
 */
export const isOver = (validUntil: Date, now: Date): boolean => secondOf(now) > secondOf(validUntil);

const secondOf = (time: Date): number => Math.floor(time.getTime() / secondMs);
