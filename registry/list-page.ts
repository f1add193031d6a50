/** A row's position in a list: by rank, then by place; highest first. */
interface Position {
  rank: string;
  place: string;
  id: string;
}

/** The cursor of a row, added by {@link listed}. The next page begins after it, whatever was added since. */
export type Listed<T> = T & { cursor: string };

/** `limit` rows after a position; the first ones without a position. */
export interface Wanted {
  after?: string | undefined;
  limit: number;
}

/** A page, and the start of the next one; absent on the last page. */
export interface ListPage<T> {
  rows: T[];
  next?: string;
}

const micros = (column: string): string => `(extract(epoch from ${column}) * 1000000)::bigint`;

/** As `place` of a row: newest first. */
export const newestFirst = micros;

/** As `place` of a row: oldest first. */
export const oldestFirst = (column: string): string => `(9999999999999999 - ${micros(column)})`;

type IdType = "uuid" | "bigint";

interface Listing {
  idType?: IdType;
  /**
   * SQL for the place of a row by its former rank and its id, if the place is a time that the reader must not learn: the cursor
   * then omits it. If the reader's list has no row with the id, the first page is returned.
   */
  placeOf?: (rank: string, id: string) => string;
}

/**
 * SQL for a page of the rows of `query`, which have the columns `rank` (0 to 9), `place` and `id`. Rows in force, or waiting
 * for an answer, have the highest rank, so that no later row can displace them.
 * @param columns of `query` in the rows of the page, besides their cursor
 * @param first the number of the first of four parameters, {@link pageValues}
 */
export function listed(
  columns: readonly string[],
  query: string,
  first: number,
  { idType = "uuid", placeOf }: Listing = {},
): string {
  const [rank, place, id] = [`$${first}::int`, `$${first + 1}::bigint`, `$${first + 2}::${idType}`];
  const shownPlace = placeOf ? "0" : "l.place";
  const shown = columns.map((column) => `l."${column}"`).join(", ");
  // The row of a cursor is searched only among the client's own rows: otherwise the order would reveal another person's times.
  const isFirst = placeOf
    ? `${place} is null or not exists (select from (${query}) own where own.id = ${id})`
    : `${rank} is null`;
  return `select ${shown}, l.rank || '_' || ${shownPlace} || '_' || l.id as cursor from (${query}) l
   where ${isFirst} or (l.rank, l.place, l.id) < (${rank}, ${placeOf ? placeOf(rank, id) : place}, ${id})
   order by l.rank desc, l.place desc, l.id desc limit $${first + 3}`;
}

/** The parameters of {@link listed}: one row more than `limit`, to detect another page. */
export function pageValues({ after, limit }: Wanted, idType: IdType = "uuid"): unknown[] {
  const { rank = null, place = null, id = null } = after === undefined ? {} : positionOf(after, idType);
  return [rank, place, id, limit + 1];
}

/** The given cursor does not belong to this list. */
export class UnknownCursor extends RangeError {
  override name = "UnknownCursor";
}

const ids: Record<IdType, RegExp> = {
  uuid: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  bigint: /^[0-9]{1,18}$/,
};

/** @throws UnknownCursor */
function positionOf(cursor: string, idType: IdType): Position {
  const [rank = "", place = "", id = "", ...more] = cursor.split("_");
  const isPosition = /^[0-9]$/.test(rank) && /^[0-9]{1,17}$/.test(place) && ids[idType].test(id);
  if (!isPosition || more.length > 0) throw new UnknownCursor("This is not a cursor of this list.");
  return { rank, place, id };
}

/** Cuts the page out of the rows of {@link listed}. */
export function listPage<T>(rows: Listed<T>[], { limit }: Wanted): ListPage<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return rows.length > limit && last ? { rows: shown, next: last.cursor } : { rows: shown };
}
