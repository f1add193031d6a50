import type { ClientBase } from "pg";
import { isChosen } from "./conditions.ts";
import { outputOf } from "./definitions.ts";
import { JsonShapes } from "./json-shape.ts";
import { type Catalogue, Nullability } from "./nullability.ts";
import { isTree, nodeOf, parseTree, type TreeNode, wordOf } from "./query-tree.ts";

export interface Column {
  name: string;
  /** As the driver gives it, in TypeScript. */
  type: string;
  /** `kept`: the condition of the query keeps rows with a value only, and the column itself may be null. */
  isNull: "yes" | "no" | "kept";
  /** The condition of the query compares it: it may have only some of the values of the column. */
  isChosen: boolean;
}

export interface Parameter {
  /** What may be passed, in TypeScript. */
  type: string;
  /** It must not be null, for that would make a column null. */
  isNeeded: boolean;
}

export interface Description {
  parameters: Parameter[];
  columns: Column[];
}

/** What the driver makes of a type; a test holds it to the driver. */
export const typeScriptOf: Readonly<Record<string, string>> = {
  boolean: "boolean",
  smallint: "number",
  integer: "number",
  oid: "number",
  "double precision": "number",
  bigint: "string",
  numeric: "string",
  text: "string",
  "character varying": "string",
  uuid: "string",
  bytea: "Buffer",
  date: "Date",
  "timestamp with time zone": "Date",
  jsonb: "Json",
  json: "Json",
  void: "void",
  name: "string",
  regclass: "string",
  xid8: "string",
  pg_lsn: "string",
  "smallint[]": "number[]",
  "boolean[]": "boolean[]",
  "integer[]": "number[]",
  "bigint[]": "string[]",
  "text[]": "string[]",
  "uuid[]": "string[]",
  "bytea[]": "Buffer[]",
  "timestamp with time zone[]": "Date[]",
};

/** What the driver may be given for a parameter. */
function passedAs(type: string): string {
  if (type.endsWith("[]")) return `readonly (${passedAs(type.slice(0, -2))})[]`;
  if (/^(?:smallint|integer|bigint|numeric|double precision|oid)$/.test(type))
    return "number | bigint | string";
  if (type.startsWith("json")) return "string | object";
  return (
    { boolean: "boolean", bytea: "Uint8Array", "timestamp with time zone": "Date | string" }[type] ?? "string"
  );
}

/** Asks Postgres what statements give; it runs none of them. */
export class Describer {
  readonly #client: ClientBase;
  readonly #catalogue: Catalogue;

  private constructor(client: ClientBase, catalogue: Catalogue) {
    this.#client = client;
    this.#catalogue = catalogue;
  }

  static async open(client: ClientBase): Promise<Describer> {
    const notNull = await client.query<{ column: string }>(
      "select attrelid || '/' || attnum as column from pg_attribute where attnotnull",
    );
    const functions = await client.query<{ oid: string; name: string }>(
      "select oid::text, proname::text as name from pg_proc",
    );
    const types = await client.query<{ oid: string; name: string }>(
      "select oid::text, format_type(oid, null) as name from pg_type where typtype <> 'c'",
    );
    const checks = await client.query<{ column: string; words: string }>(
      `select conrelid || '/' || conkey[1] as column, pg_get_constraintdef(oid) as words
       from pg_constraint where contype = 'c' and cardinality(conkey) = 1`,
    );
    return new Describer(client, {
      notNull: new Set(notNull.rows.map(({ column }) => column)),
      functions: new Map(functions.rows.map(({ oid, name }) => [oid, name])),
      types: new Map(types.rows.map(({ oid, name }) => [oid, name])),
      words: new Map(
        checks.rows.flatMap(({ column, words }) => unionOf(words).map((each) => [column, each])),
      ),
    });
  }

  async describe(text: string): Promise<Description> {
    const client = this.#client;
    await client.query("begin");
    try {
      await client.query(`prepare described as ${text}`);
      const { rows } = await client.query<{ parameters: string[]; types: string[] | null }>(
        `select parameter_types::text[] as parameters, result_types::text[] as types
         from pg_prepared_statements where name = 'described'`,
      );
      const { parameters, types } = rows[0]!;
      const of = (needed: ReadonlySet<number>) =>
        parameters.map((type, index) => ({ type: passedAs(type), isNeeded: needed.has(index + 1) }));
      if (!types) return { parameters: of(new Set()), columns: [] };
      await client.query(
        `create function pg_temp.described(${parameters.join(", ")}) returns void language sql begin atomic ${text}; end`,
      );
      const body = await client.query<{ tree: string }>(
        "select prosqlbody::text as tree from pg_proc where proname = 'described'",
      );
      const query = queryIn(parseTree(body.rows[0]!.tree));
      const nullability = new Nullability(this.#catalogue);
      const columns = outputOf(query).map((target, index) =>
        this.#columnOf(nullability, query, { target, index, type: types[index]! }),
      );
      return { parameters: of(nullability.needed), columns };
    } finally {
      await client.query("rollback");
      await client.query("deallocate all");
    }
  }

  #columnOf(
    nullability: Nullability,
    query: TreeNode,
    { target, index, type }: { target: TreeNode; index: number; type: string },
  ): Column {
    const [isNever, isKept] = [false, true].map((heeded) => {
      nullability.heedsConditions = heeded;
      return nullability.columnHasValue([query], index);
    });
    const expression = nodeOf(target, "expr");
    const made = typeScriptOf[type] ?? `"no type for ${type}"`;
    const shape =
      made === "Json" ? new JsonShapes(this.#catalogue, nullability).ofColumn([query], index) : made;
    return {
      name: wordOf(target, "resname") ?? "?column?",
      type: this.#catalogue.words.get(originOf(target)) ?? (shape === made ? made : `Built<${shape}>`),
      isNull: isNever ? "no" : isKept ? "kept" : "yes",
      isChosen: expression !== undefined && isChosen(expression, [query]),
    };
  }
}

const originOf = (target: TreeNode): string =>
  `${wordOf(target, "resorigtbl")}/${wordOf(target, "resorigcol")}`;

/** The body of a function is a list of lists of queries. */
function queryIn(body: unknown): TreeNode {
  let value = body;
  while (Array.isArray(value)) value = value[0] as unknown;
  if (!isTree(value as TreeNode)) throw new Error("The function has no query.");
  return value as TreeNode;
}

/** The words that a check constraint allows a column. */
function unionOf(constraint: string): string[] {
  const words = /^CHECK \(\(\w+ = ANY \(ARRAY\[(.+)\]\)\)\)$/.exec(constraint)?.[1];
  const each = words && [...words.matchAll(/'([^']*)'::text/g)].map(([, word]) => JSON.stringify(word));
  return each ? [each.join(" | ")] : [];
}
