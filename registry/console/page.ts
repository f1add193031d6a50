/** A page of rows in an order that new rows do not disturb (keyset): the next begins after `cursor`. */
export interface Page<T> {
  rows: T[];
  /** Absent where there is no more. */
  cursor?: string;
}

/** Cuts a page out of rows of which one more than `limit` was asked for. */
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
