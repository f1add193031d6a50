import { definitionOf, type Levels } from "./definitions.ts";
import { isTree, nodeOf, nodesOf, type TreeNode, type Value, wordOf } from "./query-tree.ts";

const nameOf = (variable: TreeNode): string => `${wordOf(variable, "varno")}.${wordOf(variable, "varattno")}`;

/** Whether a query keeps only rows in which one of its own variables has a value: its condition compares it. */
export const isKept = (query: TreeNode, variable: TreeNode): boolean => keptBy(query).has(nameOf(variable));

/** Whether a query compares what a column of its result is, and so may have only some of its values. */
export function isChosen(expression: TreeNode, levels: Levels): boolean {
  if (expression.type !== "VAR" || wordOf(expression, "varlevelsup") !== "0") return false;
  if (isKept(levels[0], expression)) return true;
  const definition = definitionOf(expression, levels);
  if (definition.kind !== "expressions") return false;
  return definition.expressions.some((each) => isChosen(each.node, each.levels));
}

/** Whether a condition asks for null (`is null`) or a value (`is not null`), and of which variable. */
export function nullTestOf(
  condition: TreeNode | undefined,
): { variable: TreeNode; isNull: boolean } | undefined {
  const variable = condition?.type === "NULLTEST" ? nodeOf(condition, "arg") : undefined;
  return condition && variable?.type === "VAR"
    ? { variable, isNull: wordOf(condition, "nulltesttype") === "0" }
    : undefined;
}

const known = new WeakMap<TreeNode, Set<string>>();

/** A strict comparison is not true of null: what it compares has a value in every row that it keeps. */
function keptBy(query: TreeNode): Set<string> {
  const before = known.get(query);
  if (before) return before;
  const found = new Set<string>();
  known.set(query, found);
  const addVariables = (expressions: readonly Value[]): void => {
    for (const each of expressions)
      if (isTree(each) && each.type === "VAR" && wordOf(each, "varlevelsup") === "0") found.add(nameOf(each));
      else if (isTree(each) && each.type === "RELABELTYPE") addVariables(each.fields.get("arg") ?? []);
  };
  const addCondition = (condition: TreeNode | undefined): void => {
    if (condition === undefined) return;
    if (condition.type === "BOOLEXPR" && wordOf(condition, "boolop") === "and")
      for (const each of nodesOf(condition, "args")) addCondition(each);
    const test = nullTestOf(condition);
    if (test && !test.isNull) addVariables([test.variable]);
    if (condition.type === "OPEXPR" || condition.type === "SCALARARRAYOPEXPR")
      addVariables(nodesOf(condition, "args"));
  };
  const addJoin = (item: TreeNode | undefined): void => {
    const inner = "0";
    if (item?.type !== "JOINEXPR" || wordOf(item, "jointype") !== inner) return;
    addCondition(nodeOf(item, "quals"));
    addJoin(nodeOf(item, "larg"));
    addJoin(nodeOf(item, "rarg"));
  };
  const from = nodeOf(query, "jointree");
  if (!from) return found;
  addCondition(nodeOf(from, "quals"));
  for (const item of nodesOf(from, "fromlist")) addJoin(item);
  return found;
}
