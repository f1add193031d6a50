/** Comparison of two elements of two rows. */
export interface Comparison<T> {
  same: (one: T, other: T) => boolean;
  /** One of several that together may stand for a single element of the other row. */
  isReading: (element: T) => boolean;
  /** An element for which readings may stand. */
  isUnwritten: (element: T) => boolean;
}

/** Longer than any name or address in a certificate (200): longer rows must be identical. */
const longestAligned = 512;

/** State of two rows: between elements, or within the readings of one row for the next element of the other. */
const between = 1;
const oneReads = 2;
const otherReads = 4;

/**
 * Whether two rows can be aligned so that each element matches: one to one, or a run of readings for a single unwritten
 * element. Steps and memory are limited by {@link longestAligned}, whatever the input.
 */
export function aligns<T extends object>(
  one: readonly T[],
  other: readonly T[],
  { same, isReading, isUnwritten }: Comparison<T>,
): boolean {
  if (Math.max(one.length, other.length) > longestAligned)
    return (
      one.length === other.length &&
      [...other.entries()].every(([index, element]) => same(one[index] ?? element, element))
    );
  let row = new Uint8Array(other.length + 1);
  row[0] = between;
  for (const a of one) {
    const next = new Uint8Array(other.length + 1);
    for (const [j, b] of other.entries()) {
      const at = row[j] ?? 0;
      if (at === 0) continue;
      if (at & between && same(a, b)) mark(next, j + 1, between);
      // The reading is the last of its run, and the element that the run stands for follows, or more of the run follows.
      if (at & (between | oneReads) && isReading(a) && isUnwritten(b)) {
        mark(next, j, oneReads);
        mark(next, j + 1, between);
      }
      if (at & (between | otherReads) && isReading(b) && isUnwritten(a)) {
        mark(row, j + 1, otherReads);
        mark(next, j + 1, between);
      }
    }
    row = next;
  }
  return ((row[other.length] ?? 0) & between) !== 0;
}

function mark(row: Uint8Array, place: number, state: number): void {
  row[place] = (row[place] ?? 0) | state;
}
