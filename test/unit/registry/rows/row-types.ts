/**
 * How a row type has to fit what Postgres says of the columns (`Sql`), asked by `misfits.ts` of the compiler. In what Postgres
 * says, a column is the type that the driver makes of it, with `null` where it can be null, and with one of these:
 */

/** JSON that was stored: what is in it, Postgres does not say. A row type has `unknown`, and the reader parses it. */
export interface Json {
  readonly json: true;
}

/** JSON that the statement builds, of this shape. */
export interface Built<Shape> {
  readonly built: Shape;
}

/** Null in some rows of the table and in none of the query's, by its condition: a row type may say either. */
export interface Kept {
  readonly kept: true;
}

/** Compared in the query's condition, so that it may have only some of the words that a constraint allows. */
export interface Chosen {
  readonly chosen: true;
}

/** Words that a constraint allows, and not any string. */
type IsWords<T> = string extends T ? false : T extends string ? true : false;

type Is<A, B> = [A] extends [B] ? true : false;

/** Whether two types are both null in some rows, or neither is. */
type IsAsNull<A, B> = null extends A ? (null extends B ? true : false) : null extends B ? false : true;

/** Whether JSON of a shape is what is declared, member by member. */
type HasShape<Shape, Declared> = unknown extends Declared
  ? true
  : IsAsNull<Shape, Declared> extends true
    ? HasInner<NonNullable<Shape>, NonNullable<Declared>>
    : false;

type HasInner<Shape, Declared> = [Shape] extends [Json]
  ? false
  : [Shape, Declared] extends [readonly (infer A)[], readonly (infer B)[]]
    ? HasShape<A, B>
    : [Shape, Declared] extends [object, object]
      ? HasMembers<Shape, Required<Declared>>
      : true extends Is<Declared, Shape>
        ? true
        : Is<Shape, Declared>;

type HasMembers<Shape, Declared> = [keyof Shape, keyof Declared] extends [keyof Declared, keyof Shape]
  ? false extends { [K in keyof Shape & keyof Declared]: HasShape<Shape[K], Declared[K]> }[keyof Shape &
      keyof Declared]
    ? false
    : true
  : false;

/** Whether the driver's values are of the declared type: it has every word, and may narrow what no constraint narrows. */
type Holds<Sql, Declared> = [Sql] extends [Json]
  ? false
  : [Sql] extends [Built<infer Shape>]
    ? HasShape<Shape, Declared>
    : HoldsPlain<Sql, Declared>;

type HoldsPlain<Sql, Declared> = Chosen extends Sql
  ? Is<Declared, Sql>
  : true extends IsWords<Sql>
    ? Is<Sql, Declared>
    : true extends Is<Declared, Sql>
      ? true
      : Is<Sql, Declared>;

type NameOf<T> = T extends Date
  ? "Date"
  : T extends Buffer
    ? "Buffer"
    : T extends string
      ? string extends T
        ? "string"
        : T
      : T extends number
        ? "number"
        : T extends boolean
          ? "boolean"
          : T extends Built<unknown>
            ? "JSON of another shape"
            : T extends Json
              ? "stored JSON, unknown until it is parsed"
              : "an array";

type TypeFault<Sql, Declared> =
  Holds<NonNullable<Sql>, NonNullable<Declared>> extends true
    ? never
    : `is ${NameOf<Exclude<Sql, Chosen | null>>}`;

type Fault<Sql, Row, Name extends keyof Sql> = Name extends keyof Row
  ? unknown extends Row[Name]
    ? never
    : {} extends Pick<Row, Name>
      ? "is always there"
      : Kept extends Sql[Name]
        ? TypeFault<Exclude<Sql[Name], Kept>, Row[Name]>
        : null extends Sql[Name]
          ? null extends Row[Name]
            ? TypeFault<Sql[Name], Row[Name]>
            : "can be null"
          : null extends Row[Name]
            ? "is never null"
            : TypeFault<Sql[Name], Row[Name]>
  : "is not in the row type";

/** `true`, or what is wrong with the row type's word on a column. */
export type ColumnFits<Sql, Row, Name extends keyof Sql> = [Fault<Sql, Row, Name>] extends [never]
  ? true
  : Fault<Sql, Row, Name>;

/** `true`, or what a row type has beside the columns. */
export type NothingElse<Sql, Row> = [Exclude<keyof Row, keyof Sql>] extends [never]
  ? true
  : { "is not selected": Exclude<keyof Row, keyof Sql> };
