import { nodeOf, nodesOf, numberOf, type TreeNode, wordOf } from "./query-tree.ts";

/** A query, and those around it, innermost first: a variable says how many levels up it belongs. */
export type Levels = readonly [TreeNode, ...TreeNode[]];

/** An expression, and the query that its variables are of. */
export interface Placed {
  node: TreeNode;
  levels: Levels;
}

/** The definition of a variable. */
export type Definition =
  /** `<relation>/<attribute number>`; the row itself is 0, what the system adds is below. */
  | { kind: "column"; column: string; attribute: number }
  /** A column of a subquery: one expression, or one for each branch of a union. */
  | { kind: "expressions"; expressions: Placed[] }
  /** A function in `from`, whose rows may be numbered. */
  | { kind: "call"; call: Placed | undefined; isOrdinal: boolean }
  | { kind: "unknown" };

const relation = 0;
const subquery = 1;
const join = 2;
const functionCall = 3;
const commonTable = 6;
const group = 9;

/** The columns of a query's result. */
export const outputOf = (query: TreeNode): TreeNode[] =>
  nodesOf(query, wordOf(query, "commandType") === "1" ? "targetList" : "returningList").filter(
    (target) => wordOf(target, "resjunk") !== "true",
  );

/** What a column of a query's result is made of: one expression, or one for each branch of a union. */
export function expressionsOf(levels: Levels, index: number): Placed[] {
  const [query] = levels;
  const operation = nodeOf(query, "setOperations");
  if (operation) return branchesOf(operation).flatMap((branch) => ofBranch(levels, branch, index));
  const target = outputOf(query)[index];
  const node = target && nodeOf(target, "expr");
  return node ? [{ node, levels }] : [];
}

function branchesOf(operation: TreeNode): TreeNode[] {
  if (operation.type === "RANGETBLREF") return [operation];
  return ["larg", "rarg"].flatMap((side) => {
    const branch = nodeOf(operation, side);
    return branch ? branchesOf(branch) : [];
  });
}

function ofBranch(levels: Levels, branch: TreeNode, index: number): Placed[] {
  const table = nodesOf(levels[0], "rtable")[numberOf(branch, "rtindex") - 1];
  const inner = table && nodeOf(table, "subquery");
  return inner ? expressionsOf([inner, ...levels], index) : [];
}

export function definitionOf(variable: TreeNode, levels: Levels): Definition {
  const [query, ...above] = levels.slice(numberOf(variable, "varlevelsup"));
  const table = query && nodesOf(query, "rtable")[numberOf(variable, "varno") - 1];
  if (query === undefined || table === undefined) return { kind: "unknown" };
  const own: Levels = [query, ...above];
  const attribute = numberOf(variable, "varattno");
  const inList = (field: string): Definition => {
    const node = nodesOf(table, field)[attribute - 1];
    return node ? { kind: "expressions", expressions: [{ node, levels: own }] } : { kind: "unknown" };
  };
  switch (numberOf(table, "rtekind")) {
    case relation:
      return { kind: "column", column: `${wordOf(table, "relid")}/${attribute}`, attribute };
    case subquery: {
      const inner = nodeOf(table, "subquery");
      return inner
        ? { kind: "expressions", expressions: expressionsOf([inner, ...own], attribute - 1) }
        : { kind: "unknown" };
    }
    case join:
      return inList("joinaliasvars");
    case group:
      return inList("groupexprs");
    case commonTable:
      return { kind: "expressions", expressions: ofCommonTable(table, attribute, own) };
    case functionCall: {
      const calls = nodesOf(table, "functions").map((each) => nodeOf(each, "funcexpr"));
      const node = calls[attribute - 1];
      return {
        kind: "call",
        call: node && { node, levels: own },
        isOrdinal: wordOf(table, "funcordinality") === "true" && attribute > calls.length,
      };
    }
    default:
      return { kind: "unknown" };
  }
}

function ofCommonTable(table: TreeNode, attribute: number, levels: Levels): Placed[] {
  const [owner, ...above] = levels.slice(numberOf(table, "ctelevelsup"));
  const definition =
    owner && nodesOf(owner, "cteList").find((each) => wordOf(each, "ctename") === wordOf(table, "ctename"));
  const inner = definition && nodeOf(definition, "ctequery");
  if (!owner || !inner) return [];
  // Of a recursive one the first branch decides: the others go on from it, and would never end here.
  const operation = nodeOf(inner, "setOperations");
  const [first] = operation ? branchesOf(operation) : [];
  if (wordOf(definition, "cterecursive") === "true" && first)
    return ofBranch([inner, owner, ...above], first, attribute - 1);
  return expressionsOf([inner, owner, ...above], attribute - 1);
}
