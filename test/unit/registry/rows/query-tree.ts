/**
 * What Postgres makes of a statement before it plans it: its `pg_node_tree`, as `pg_proc.prosqlbody` has it of a function's body.
 * Every name is resolved there, and a column that an outer join may leave empty says so.
 */
export interface TreeNode {
  /** `QUERY`, `VAR`, `FUNCEXPR` … */
  type: string;
  /** As written: a field is one value, or (of a constant) several. */
  fields: Map<string, Value[]>;
}
export type Value = TreeNode | Value[] | string;

export const isTree = (value: Value | undefined): value is TreeNode =>
  typeof value === "object" && !Array.isArray(value);

/** The node in a field; `undefined` where the field is empty (`<>`). */
export function nodeOf(node: TreeNode, field: string): TreeNode | undefined {
  const value = node.fields.get(field)?.[0];
  return isTree(value) ? value : undefined;
}

export function nodesOf(node: TreeNode, field: string): TreeNode[] {
  const value = node.fields.get(field)?.[0];
  return Array.isArray(value) ? value.filter(isTree) : [];
}

export const wordOf = (node: TreeNode, field: string): string | undefined => {
  const value = node.fields.get(field)?.[0];
  return typeof value === "string" ? value : undefined;
};

export const numberOf = (node: TreeNode, field: string): number => Number(wordOf(node, field));

/** Members of a set, `(b 1 2)`. */
export function membersOf(node: TreeNode, field: string): string[] {
  const value = node.fields.get(field)?.[0];
  return Array.isArray(value) ? value.slice(1).map(String) : [];
}

const token = /[(){}]|(?:\\[\s\S]|[^\s(){}\\])+/g;

export function parseTree(text: string): Value {
  const tokens = text.match(token) ?? [];
  let at = 0;
  const value = (): Value => {
    const word = tokens[at++];
    if (word === undefined) throw new Error("The tree ends too early.");
    if (word === "(") return list();
    return word === "{" ? node() : word.replaceAll(/\\([\s\S])/g, "$1");
  };
  const list = (): Value[] => {
    const values: Value[] = [];
    while (tokens[at] !== ")") values.push(value());
    at++;
    return values;
  };
  const node = (): TreeNode => {
    const fields = new Map<string, Value[]>();
    const type = String(tokens[at++]);
    let field: Value[] = [];
    while (tokens[at] !== "}") {
      if (/^:[a-z]/i.test(tokens[at] ?? "")) fields.set(String(tokens[at++]).slice(1), (field = []));
      else field.push(value());
    }
    at++;
    return { type, fields };
  };
  return value();
}
