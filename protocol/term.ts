const secondMs = 1_000;

/**
 * Whether a term has ended. It ends with its last whole second: what is valid until 23:59:59 JST is in force through
 * 23:59:59.999. `registry/consent/in-force.ts` is the same rule in SQL.
 */
export function isOver(validUntil: Date, now: Date): boolean {
  const end = validUntil.getTime();
  return now.getTime() >= (end % secondMs === 0 ? end + secondMs : end);
}
