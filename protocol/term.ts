const secondMs = 1_000;

/**
 * Whether a term is over. One that is stated to the second holds through that second: what is valid until 23:59:59 JST is
 * in force through 23:59:59.999. `registry/consent/in-force.ts` says the same in SQL.
 */
export function isOver(validUntil: Date, now: Date): boolean {
  const end = validUntil.getTime();
  return now.getTime() >= (end % secondMs === 0 ? end + secondMs : end);
}
