import { definitionOf, expressionsOf, type Levels, type Placed } from "./definitions.ts";
import { type Catalogue, type Nullability, sublink } from "./nullability.ts";
import { nodeOf, nodesOf, type TreeNode, wordOf } from "./query-tree.ts";

/** Where a node says of which type it is. */
const typeFields: Readonly<Record<string, string>> = {
  VAR: "vartype",
  CONST: "consttype",
  PARAM: "paramtype",
  FUNCEXPR: "funcresulttype",
  OPEXPR: "opresulttype",
  AGGREF: "aggtype",
  WINDOWFUNC: "wintype",
  COALESCEEXPR: "coalescetype",
  CASEEXPR: "casetype",
  MINMAXEXPR: "minmaxtype",
  RELABELTYPE: "resulttype",
  COERCEVIAIO: "resulttype",
};

const numbers = /^(?:smallint|integer|bigint|numeric|double precision|real)$/;

/** What JSON is built of, in TypeScript, where the statement builds it; what is stored as JSON is `Json`. */
export class JsonShapes {
  readonly #catalogue: Catalogue;
  readonly #nullability: Nullability;

  constructor(catalogue: Catalogue, nullability: Nullability) {
    this.#catalogue = catalogue;
    this.#nullability = nullability;
  }

  /** The shape of a JSON column of a statement; `Json` where it is not built there. */
  ofColumn(levels: Levels, index: number): string {
    return this.#ofOne(expressionsOf(levels, index));
  }

  #ofOne(expressions: readonly Placed[]): string {
    const [first, ...more] = expressions;
    return first && more.length === 0 ? this.#shapeOf(first.node, first.levels) : "Json";
  }

  #shapeOf(node: TreeNode, levels: Levels): string {
    switch (node.type) {
      case "FUNCEXPR":
        return /^jsonb?_build_object$/.test(this.#functionOf(node, "funcid"))
          ? this.#objectOf(nodesOf(node, "args"), levels)
          : "Json";
      case "AGGREF": {
        const [argument] = nodesOf(node, "args");
        const element = argument && nodeOf(argument, "expr");
        return /^jsonb?_agg$/.test(this.#functionOf(node, "aggfnoid")) && element
          ? `(${this.#valueOf(element, levels)})[]`
          : "Json";
      }
      case "COALESCEEXPR":
        // `'[]'::json` beside what it replaces adds nothing.
        return this.#ofEither(
          nodesOf(node, "args").filter(({ type }) => type !== "CONST"),
          levels,
        );
      case "CASEEXPR":
        return union(
          this.#nullability.inEachCase(node, levels, (result) =>
            result.type === "CONST" ? "never" : this.#shapeOf(result, levels),
          ),
        );
      case "SUBLINK": {
        const inner = nodeOf(node, "subselect");
        return wordOf(node, "subLinkType") === sublink.scalar && inner
          ? this.ofColumn([inner, ...levels], 0)
          : "Json";
      }
      case "VAR": {
        const definition = definitionOf(node, levels);
        return definition.kind === "expressions" ? this.#ofOne(definition.expressions) : "Json";
      }
      default:
        return "Json";
    }
  }

  #ofEither(nodes: readonly TreeNode[], levels: Levels): string {
    return union(nodes.map((node) => this.#shapeOf(node, levels)));
  }

  #objectOf(members: readonly TreeNode[], levels: Levels): string {
    const written: string[] = [];
    for (let index = 0; index + 1 < members.length; index += 2) {
      const [name, value] = [members[index], members[index + 1]];
      if (name?.type !== "CONST" || !value) return "Json";
      written.push(`${JSON.stringify(textOf(name))}: ${this.#valueOf(value, levels)}`);
    }
    return `{ ${written.join("; ")} }`;
  }

  #valueOf(node: TreeNode, levels: Levels): string {
    const type = this.#typeOf(node, levels);
    return this.#nullability.hasValue(node, levels) ? type : `${type} | null`;
  }

  #typeOf(node: TreeNode, levels: Levels): string {
    const oid = wordOf(node, typeFields[node.type] ?? "");
    const name = this.#catalogue.types.get(oid ?? "") ?? "";
    if (/^jsonb?$/.test(name) || (name === "" && node.type === "SUBLINK")) return this.#shapeOf(node, levels);
    if (name === "")
      return /^(?:BOOLEXPR|NULLTEST|DISTINCTEXPR|SCALARARRAYOPEXPR)$/.test(node.type) ? "boolean" : "Json";
    return this.#wordsOf(node, levels) ?? jsonOf(name);
  }

  #wordsOf(node: TreeNode, levels: Levels): string | undefined {
    if (node.type !== "VAR") return undefined;
    const definition = definitionOf(node, levels);
    const words = definition.kind === "column" ? this.#catalogue.words.get(definition.column) : undefined;
    return words && `(${words})`;
  }

  #functionOf(node: TreeNode, field: string): string {
    return this.#catalogue.functions.get(wordOf(node, field) ?? "") ?? "";
  }
}

/** What a value is in JSON. */
function jsonOf(type: string): string {
  if (type.endsWith("[]")) return `${jsonOf(type.slice(0, -2))}[]`;
  if (type === "boolean") return "boolean";
  return numbers.test(type) ? "number" : "string";
}

const union = (shapes: readonly string[]): string =>
  shapes.includes("Json") || shapes.length === 0 ? "Json" : [...new Set(shapes)].join(" | ");

/** The text of a constant: of a literal as in C, with a zero at its end; of `text` behind its length in four octets. */
function textOf(constant: TreeNode): string {
  const octets = Buffer.from((constant.fields.get("constvalue") ?? []).slice(2, -1).map(Number));
  const isLiteral = wordOf(constant, "constlen") === "-2";
  return (isLiteral ? octets.subarray(0, -1) : octets.subarray(4)).toString();
}
