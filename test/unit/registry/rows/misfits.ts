import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Column, Description, Parameter } from "./described.ts";
import { labelOf, type Site, type Workspace } from "./sites.ts";

export interface Described extends Description {
  site: Site;
}

/** The place of a question to the compiler, `registry/consent/changes.ts(92`, and what it is about. */
type Questions = Map<string, { site: Site; about: string }>;

/**
 * Has the compiler compare row types and values with what Postgres says of them: on copies of the modules, in which a list of
 * values `satisfies` the parameters in place, and the row types are asked about at the end.
 * @returns a sentence for each misfit
 */
export async function misfitsOf(
  { root, scratch }: Workspace,
  modules: ReadonlyMap<string, string>,
  described: readonly Described[],
): Promise<string[]> {
  const copies = join(scratch, "copies");
  const questions: Questions = new Map();
  for (const [file, source] of modules) {
    const own = described.filter(({ site }) => site.file === file);
    await mkdir(dirname(join(copies, file)), { recursive: true });
    await writeFile(join(copies, file), withQuestions(file, source, own, questions));
  }
  const config = {
    extends: join(root, "tsconfig.json"),
    // A copy finds beside it what was copied, and all else where it is.
    compilerOptions: { noEmit: true, rootDir: root, rootDirs: [root, copies], noErrorTruncation: true },
    include: ["registry"],
  };
  await writeFile(join(copies, "tsconfig.json"), JSON.stringify(config));
  const said = await compile(root, copies);
  return said
    .split("\n")
    .filter((line) => /error TS/.test(line))
    .map((line) => sentenceOf(line, questions));
}

function withQuestions(
  file: string,
  source: string,
  described: readonly Described[],
  questions: Questions,
): string {
  const lines = withParameters(source, described).split("\n");
  const ask = (line: string, site: Site, about: string) => {
    lines.push(line);
    questions.set(`${file}(${lines.length}`, { site, about });
  };
  const types = `${"../".repeat(file.split("/").length - 1)}test/unit/registry/rows/row-types.ts`;
  lines.push(`import type { Built, Chosen, ColumnFits, Json, Kept, NothingElse } from "${types}";`);
  for (const { site, columns } of described) {
    for (let line = site.values?.lines[0] ?? 1; line <= (site.values?.lines[1] ?? 0); line++)
      questions.set(`${file}(${line}`, { site, about: "a value:" });
    if (site.row === undefined) continue;
    const [sql, row] = [`Sql${lines.length}`, `Row${lines.length}`];
    ask(`type ${sql} = ${typeOf(columns)}; type ${row} = ${oneLine(site.row)};`, site, "the row type:");
    for (const { name } of columns)
      ask(`true satisfies ColumnFits<${sql}, ${row}, ${JSON.stringify(name)}>;`, site, name);
    ask(`true satisfies NothingElse<${sql}, ${row}>;`, site, "");
  }
  return lines.join("\n");
}

const nulls = { yes: " | null", no: "", kept: " | Kept" };
const typeOf = (columns: readonly Column[]): string => {
  const members = columns.map(
    ({ name, type, isNull, isChosen }) =>
      `${JSON.stringify(name)}: ${type}${nulls[isNull]}${isChosen && type.startsWith('"') ? " | Chosen" : ""}`,
  );
  return `{ ${members.join("; ")} }`;
};

const oneLine = (type: string): string => type.replaceAll(/\s+/g, " ");

/** The lists of values say what they must be; every line stays where it is. */
function withParameters(source: string, described: readonly Described[]): string {
  let text = source;
  for (const { site, parameters } of described.toSorted((a, b) => endOf(b) - endOf(a)))
    if (site.values) {
      const types = parameters.map(typeOfParameter);
      const all = site.values.isOpen ? [...types.slice(0, site.values.count), "...unknown[]"] : types;
      text = `${text.slice(0, endOf({ site }))} satisfies readonly [${all.join(", ")}]${text.slice(endOf({ site }))}`;
    }
  return text;
}

const endOf = ({ site }: { site: Site }): number => site.values?.end ?? 0;

const typeOfParameter = ({ type, isNeeded }: Parameter): string => (isNeeded ? type : `${type} | null`);

/** `path(12,5): error TS1360: Type 'true' does not satisfy the expected type '"can be null"'.`, about its site. */
function sentenceOf(line: string, questions: Questions): string {
  const [, place = "", words = line] = /copies\/(.+?\(\d+),\d+\): error TS\d+: (.*)$/.exec(line) ?? [];
  const question = questions.get(place);
  if (!question) return line;
  const { site, about } = question;
  const expected = /expected type '(.*)'/.exec(words)?.[1];
  if (expected?.startsWith("readonly [")) return `${labelOf(site)} takes other values: ${expected}`;
  const fault = expected?.replaceAll(/["{}:;]/g, "") ?? words;
  return `${labelOf(site)} ${about} ${fault.trim()}`.replaceAll(/ +/g, " ");
}

/** What the compiler says; nothing where all is well. */
const compile = (root: string, project: string): Promise<string> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(root, "node_modules/typescript/bin/tsc"), "-p", project, "--pretty", "false"],
      { cwd: root, maxBuffer: 2 ** 26 },
      (_error, stdout, stderr) => resolve(stdout + stderr),
    );
  });
