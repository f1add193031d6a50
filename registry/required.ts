/** A row that must be there is not: another row refers to it, or this transaction has just locked or written it. */
export class RowMissing extends Error {
  constructor(what: string) {
    super(`${what} is not in the registry; was the database restored to an earlier time?`);
    this.name = "RowMissing";
  }
}

/**
 * A row, or member of one, that must be there.
 * @param what what it is, for the message; without personal data
 * @throws RowMissing
 */
export function required<T>(found: T | null | undefined, what: string): T {
  if (found === null || found === undefined) throw new RowMissing(what);
  return found;
}
