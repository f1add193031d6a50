import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseSync } from "vite";

/** A call of `query`, as it is written. */
export interface Site {
  /** `registry/consent/changes.ts:92` */
  place: string;
  file: string;
  /** The name of the prepared statement, where it is written out. */
  name?: string | undefined;
  /** An expression for all texts that the statement may have, as a list. */
  texts: string;
  /** Names that the texts are made of and that are of the function around: such a text is known only when it runs. */
  locals: string[];
  /** The type argument: what the caller takes a row for. */
  row?: string | undefined;
  /** The values that are passed; absent where there are none. */
  values?: Values | undefined;
}

/** How a site is named in a fault. */
export const labelOf = ({ place, name }: Site): string => (name === undefined ? place : `${place} ${name}`);

export interface Values {
  /** How many there are before the first that is spread, and whether one is. */
  count: number;
  isOpen: boolean;
  /** Where their list ends in the file, and its lines. */
  end: number;
  lines: readonly [first: number, last: number];
}

interface Node {
  type: string;
  start: number;
  end: number;
  [member: string]: unknown;
}

const isNode = (value: unknown): value is Node => typeof (value as Node | null)?.type === "string";

/** Each node below but those of types, with those around it, outermost first. */
function* nodesIn(value: unknown, around: Node[] = []): Generator<{ node: Node; around: Node[] }> {
  if (Array.isArray(value)) for (const each of value) yield* nodesIn(each, around);
  if (!isNode(value) || /^TS(?:Type|.*Keyword$)/.test(value.type)) return;
  yield { node: value, around };
  for (const member of Object.values(value))
    if (typeof member === "object") yield* nodesIn(member, [...around, value]);
}

const isFunction = ({ type }: Node) =>
  /^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(type);

const identifiersIn = (value: unknown): string[] =>
  [...nodesIn(value)].flatMap(({ node }) => (node.type === "Identifier" ? [node["name"] as string] : []));

/** The names that a function declares, its parameters among them. */
const declaredIn = (scope: Node): string[] =>
  identifiersIn([
    scope["params"],
    ...[...nodesIn(scope["body"])].map(({ node }) => node.type === "VariableDeclarator" && node["id"]),
  ]);

const memberOf = (node: Node, name: string): Node | undefined =>
  (node["properties"] as Node[]).find(
    (property) => (property["key"] as Node | undefined)?.["name"] === name,
  )?.["value"] as Node | undefined;

/** Of `texts[which]`, `texts`: every text that there is, whichever is meant. */
function choiceOf(text: Node): Node | undefined {
  if (text.type === "TSNonNullExpression") return choiceOf(text["expression"] as Node);
  return text.type === "MemberExpression" && text["computed"] === true ? (text["object"] as Node) : undefined;
}

/** @throws Error for a call whose text or values are not written where it is */
export function sitesIn(file: string, source: string): Site[] {
  const lineOf = (at: number) => source.slice(0, at).split("\n").length;
  const sourceOf = ({ start, end }: Node) => source.slice(start, end);
  return [...nodesIn(parseSync(file, source).program)].flatMap(({ node, around }) => {
    const callee = node["callee"] as Node | undefined;
    if (node.type !== "CallExpression" || callee?.type !== "MemberExpression") return [];
    if ((callee["property"] as Node)["name"] !== "query") return [];
    const place = `${file}:${lineOf(node.start)}`;
    const [first, second] = node["arguments"] as Node[];
    const isConfig = first?.type === "ObjectExpression";
    const text = isConfig ? memberOf(first, "text") : first;
    if (text === undefined) throw new Error(`${place}: the text is not written out.`);
    const values = isConfig ? memberOf(first, "values") : second;
    if (values && values.type !== "ArrayExpression")
      throw new Error(`${place}: the values are not written out.`);
    const choice = choiceOf(text);
    const [row] = ((node["typeArguments"] as Node | null)?.["params"] as Node[] | undefined) ?? [];
    const declared = new Set(around.filter(isFunction).flatMap(declaredIn));
    return {
      place,
      file,
      name: (isConfig ? memberOf(first, "name") : undefined)?.["value"] as string | undefined,
      texts: choice ? `Object.values(${sourceOf(choice)})` : `[${sourceOf(text)}]`,
      locals: identifiersIn(choice ?? text).filter((each) => declared.has(each)),
      row: row && sourceOf(row),
      values: values && valuesIn(values, lineOf),
    };
  });
}

function valuesIn(list: Node, lineOf: (at: number) => number): Values {
  const elements = list["elements"] as Node[];
  const spread = elements.findIndex(({ type }) => type === "SpreadElement");
  return {
    count: spread === -1 ? elements.length : spread,
    isOpen: spread !== -1,
    end: list.end,
    lines: [lineOf(list.start), lineOf(list.end)],
  };
}

/** Where the repository is, and a folder in it for what the check writes. */
export interface Workspace {
  root: string;
  scratch: string;
}

/** The TypeScript files of a room, by their path from the root of the repository. */
export async function filesOf(root: string, room: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of (await readdir(join(root, room), { recursive: true })).toSorted())
    if (entry.endsWith(".ts")) files.set(join(room, entry), await readFile(join(root, room, entry), "utf8"));
  return files;
}
