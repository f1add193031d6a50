import { isKept, nullTestOf } from "./conditions.ts";
import { definitionOf, expressionsOf, type Levels, type Placed } from "./definitions.ts";
import { membersOf, nodeOf, nodesOf, numberOf, type TreeNode, wordOf } from "./query-tree.ts";

/** What the catalogue knows. */
export interface Catalogue {
  /** `<relation>/<attribute number>` of the columns that are `not null`. */
  notNull: ReadonlySet<string>;
  /** Functions by oid, those behind operators and aggregates among them. */
  functions: ReadonlyMap<string, string>;
  /** Types by oid. */
  types: ReadonlyMap<string, string>;
  /** The words that a constraint allows, by `<relation>/<attribute number>`: a union in TypeScript. */
  words: ReadonlyMap<string, string>;
}

/** Operators and functions that may give null for arguments that are none; every other operator is strict and gives a value. */
const mayGiveNull =
  /^(?:jsonb?_(?:object_field|array_element|extract_path).*|array_(?:upper|lower|length|position|ndims)|regexp_.*|nullif|to_reg.*|obj_description)$/;
/** Functions that are not strict and never give null. */
const neverNull =
  /^(?:count|now|gen_random_uuid|concat|concat_ws|format|jsonb?_build_(?:object|array)|row_number|rank|dense_rank|ntile|clock_timestamp|statement_timestamp|set_config|pg_try_advisory_xact_lock|generate_series)$/;
/** Of rows that are there, what an aggregate or a window gives is null only where its argument is. */
const nullWhereArgumentIs =
  /^(?:min|max|sum|avg|array_agg|string_agg|jsonb?_agg|bool_and|bool_or|every|first_value|last_value)$/;

/** The subquery of an expression, by its kind. */
export const sublink = { exists: "0", any: "2", scalar: "4", array: "6" } as const;

/** Whether an expression can be null, as far as its definition shows; in doubt it can. */
export class Nullability {
  readonly #catalogue: Catalogue;
  /** The parameters that must be values for what was asked so far. */
  readonly needed = new Set<number>();
  /** Whether conditions of a query count, which keep rows without a value out. */
  heedsConditions = true;
  /** Outer joins that have found their row, within a `case` that has asked. */
  readonly #found = new Set<string>();

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  columnHasValue(levels: Levels, index: number): boolean {
    return this.#allHaveValue(expressionsOf(levels, index));
  }

  #allHaveValue(expressions: readonly Placed[]): boolean {
    return expressions.length > 0 && expressions.every(({ node, levels }) => this.hasValue(node, levels));
  }

  hasValue(node: TreeNode, levels: Levels): boolean {
    const nameIn = (field: string) => this.#catalogue.functions.get(wordOf(node, field) ?? "") ?? "";
    const all = (field: string) => nodesOf(node, field).every((each) => this.hasValue(each, levels));
    switch (node.type) {
      case "VAR":
        return this.#variableHasValue(node, levels);
      case "PARAM":
        this.needed.add(numberOf(node, "paramid"));
        return true;
      case "CONST":
        return wordOf(node, "constisnull") === "false";
      case "AGGREF":
        return this.#aggregateHasValue(node, levels);
      case "WINDOWFUNC":
        return (
          neverNull.test(nameIn("winfnoid")) || (nullWhereArgumentIs.test(nameIn("winfnoid")) && all("args"))
        );
      case "FUNCEXPR":
        return neverNull.test(nameIn("funcid")) || (!mayGiveNull.test(nameIn("funcid")) && all("args"));
      case "OPEXPR":
      case "SCALARARRAYOPEXPR":
        return !mayGiveNull.test(nameIn("opfuncid")) && all("args");
      case "COALESCEEXPR":
      case "MINMAXEXPR":
        return nodesOf(node, "args").some((each) => this.hasValue(each, levels));
      case "CASEEXPR":
        return this.inEachCase(node, levels, (result) => this.hasValue(result, levels)).every(Boolean);
      case "BOOLEXPR":
        return all("args");
      case "RELABELTYPE":
      case "COERCEVIAIO":
      case "ARRAYCOERCEEXPR":
      case "COLLATEEXPR": {
        const inner = nodeOf(node, "arg");
        return inner !== undefined && this.hasValue(inner, levels);
      }
      case "SUBLINK":
        return this.#subqueryHasValue(node, levels);
      case "NULLTEST":
      case "BOOLEANTEST":
      case "DISTINCTEXPR":
      case "ARRAYEXPR":
      case "ROWEXPR":
      case "SQLVALUEFUNCTION":
        return true;
      default:
        return false;
    }
  }

  /**
   * Asks about each result of a `case`. Where the condition is that a column is not null which is never null by itself, the
   * outer joins that it comes through have found their row.
   */
  inEachCase<T>(node: TreeNode, levels: Levels, ask: (result: TreeNode) => T): T[] {
    const answers: T[] = [];
    const askWith = (result: TreeNode | undefined, found: readonly string[]) => {
      const added = found.filter((each) => !this.#found.has(each));
      for (const each of added) this.#found.add(each);
      if (result) answers.push(ask(result));
      for (const each of added) this.#found.delete(each);
    };
    const otherwise: string[] = [];
    for (const when of nodesOf(node, "args")) {
      const test = nullTestOf(nodeOf(when, "expr"));
      const joins =
        test && this.#definitionHasValue(test.variable, levels) ? joinsOf(test.variable, levels) : [];
      askWith(nodeOf(when, "result"), test?.isNull === false ? [...otherwise, ...joins] : otherwise);
      if (test?.isNull === true) otherwise.push(...joins);
    }
    askWith(nodeOf(node, "defresult"), otherwise);
    return answers;
  }

  #aggregateHasValue(node: TreeNode, levels: Levels): boolean {
    const name = this.#catalogue.functions.get(wordOf(node, "aggfnoid") ?? "") ?? "";
    if (neverNull.test(name)) return true;
    // Without `group by` there may be no row at all, and with a filter none that counts.
    const hasRows = nodesOf(levels[0], "groupClause").length > 0 && nodeOf(node, "aggfilter") === undefined;
    const [argument] = nodesOf(node, "args");
    const expression = argument && nodeOf(argument, "expr");
    return hasRows && nullWhereArgumentIs.test(name) && !!expression && this.hasValue(expression, levels);
  }

  #subqueryHasValue(node: TreeNode, levels: Levels): boolean {
    const kind = wordOf(node, "subLinkType");
    const inner = nodeOf(node, "subselect");
    if (kind === sublink.exists || kind === sublink.array) return true;
    if (!inner) return false;
    if (kind === sublink.any) return this.columnHasValue([inner, ...levels], 0);
    // A scalar subquery is null where it finds no row; an aggregate of everything always finds one.
    const findsOne =
      wordOf(inner, "hasAggs") === "true" &&
      nodesOf(inner, "groupClause").length === 0 &&
      nodeOf(inner, "havingQual") === undefined &&
      nodeOf(inner, "limitCount") === undefined;
    return kind === sublink.scalar && findsOne && this.columnHasValue([inner, ...levels], 0);
  }

  #variableHasValue(node: TreeNode, levels: Levels): boolean {
    const query = levels[numberOf(node, "varlevelsup")];
    if (query === undefined) return false;
    if (this.heedsConditions && isKept(query, node)) return true;
    if (!joinsOf(node, levels).every((each) => this.#found.has(each))) return false;
    return this.#definitionHasValue(node, levels);
  }

  #definitionHasValue(node: TreeNode, levels: Levels): boolean {
    const definition = definitionOf(node, levels);
    switch (definition.kind) {
      case "column":
        return definition.attribute <= 0 || this.#catalogue.notNull.has(definition.column);
      case "expressions":
        return this.#allHaveValue(definition.expressions);
      case "call":
        return definition.isOrdinal || this.#callHasValue(definition.call);
      case "unknown":
        return false;
    }
  }

  /** The elements of an array are values where the caller's array has no nulls, by its type. */
  #callHasValue(call: Placed | undefined): boolean {
    if (call === undefined) return false;
    const { node, levels } = call;
    const isUnnest = this.#catalogue.functions.get(wordOf(node, "funcid") ?? "") === "unnest";
    if (isUnnest)
      return nodesOf(node, "args").every(({ type }) => type === "PARAM" || type === "RELABELTYPE");
    return this.hasValue(node, levels);
  }
}

/** The outer joins that may leave a variable empty: by their query, as many levels from outside, and their number there. */
const joinsOf = (variable: TreeNode, levels: Levels): string[] =>
  membersOf(variable, "varnullingrels").map(
    (join) => `${levels.length - numberOf(variable, "varlevelsup")}/${join}`,
  );
