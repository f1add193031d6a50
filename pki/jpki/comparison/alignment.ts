/** How two elements of two rows are judged. */
export interface Judgement<T> {
  same(one: T, other: T): boolean;
  /** One of several that together may stand for a single element of the other side. */
  isReading(element: T): boolean;
  /** What readings may stand for. */
  isUnwritten(element: T): boolean;
}

/** Longer than any name or address of a certificate (200): beyond it only what is the same is the same. */
const longestAligned = 512;

/** Where two rows stand: between elements, or amid the readings of one side for the next element of the other. */
const between = 1;
const oneReads = 2;
const otherReads = 4;

/**
 * Whether two rows can be laid beside each other so that each element has its like: one for one, or a run of readings
 * for a single unwritten element. Steps and memory are bounded by {@link longestAligned}, whatever the input.
 */
export function aligns<T>(one: readonly T[], other: readonly T[], judgement: Judgement<T>): boolean {
  const { same, isReading, isUnwritten } = judgement;
  if (one.length > longestAligned || other.length > longestAligned)
    return one.length === other.length && one.every((element, index) => same(element, other[index] as T));
  let row = new Uint8Array(other.length + 1);
  row[0] = between;
  for (let i = 0; i <= one.length; i += 1) {
    const next = new Uint8Array(other.length + 1);
    const a = one[i];
    for (let j = 0; j <= other.length; j += 1) {
      const b = other[j];
      const at = row[j] ?? 0;
      if (at === 0) continue;
      const reach = (rows: Uint8Array, column: number, state: number) => {
        rows[column] = (rows[column] ?? 0) | state;
      };
      if (a !== undefined && b !== undefined) {
        if (at & between && same(a, b)) reach(next, j + 1, between);
        // The first readings; the last one ends the run and leaves what it stands for behind.
        if (at & (between | oneReads) && isReading(a) && isUnwritten(b)) {
          reach(next, j, oneReads);
          reach(next, j + 1, between);
        }
        if (at & (between | otherReads) && isReading(b) && isUnwritten(a)) {
          reach(row, j + 1, otherReads);
          reach(next, j + 1, between);
        }
      }
    }
    if (i === one.length) break;
    row = next;
  }
  return ((row[other.length] ?? 0) & between) !== 0;
}
