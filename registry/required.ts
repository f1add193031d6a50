/** A required row is missing: another row refers to it, or this transaction has just locked or written it. */
export class RowMissing extends Error {
  constructor(what: string) {
    super(`${what} is not in the registry; was the database restored to an earlier time?`);
    this.name = "RowMissing";
  }
}

/**
 * Asserts that a row, or a member of one, exists.
 * @param what its name for the message; without personal data
 * @throws RowMissing
 */
export function required<T>(found: T | null | undefined, what: string): T {
  if (found === null || found === undefined) throw new RowMissing(what);
  return found;
}
