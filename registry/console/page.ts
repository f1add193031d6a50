/** A page of rows with keyset pagination, unaffected by new rows: the next page begins after `cursor`. */
export interface Page<T> {
  rows: T[];
  /** Absent on the last page. */
  cursor?: string;
}

/** Cuts a page out of `limit` + 1 rows. */
export function pageOf<T>(rows: T[], limit: number, cursorOf: (row: T) => string): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return rows.length > limit && last !== undefined
    ? { rows: shown, cursor: cursorOf(last) }
    : { rows: shown };
}

/** The moment as whole microseconds since 1970, as decimal text: Date cuts off what Postgres still orders by. */
export const micros = (column: string): string => `(extract(epoch from ${column}) * 1000000)::bigint::text`;

/** The moment back from a parameter of microseconds. */
export const moment = (parameter: string): string =>
  `(timestamptz 'epoch' + ${parameter}::bigint * interval '1 microsecond')`;
