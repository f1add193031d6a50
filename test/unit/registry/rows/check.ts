import type { ClientBase } from "pg";
import { Describer, type Description } from "./described.ts";
import { type Described, misfitsOf } from "./misfits.ts";
import { labelOf, type Site, sitesIn, type Workspace } from "./sites.ts";
import { textsOf } from "./texts.ts";

export interface Statement {
  site: Site;
  text: string;
}

/** Statements without rows that cannot be prepared: transactions, and settings of one. */
const control = /^(?:begin|commit|rollback|set (?:local|transaction) )/;
const cursor = /^declare (\w+) (?:no scroll )?cursor for\s/;
const fetched = /^fetch \d+ from (\w+)$/;

/** Every statement of the modules. @throws Error for one whose text is known only when it runs */
export async function statementsOf(
  workspace: Workspace,
  modules: ReadonlyMap<string, string>,
): Promise<Statement[]> {
  const sites = [...modules].flatMap(([file, source]) => sitesIn(file, source));
  const open = sites.filter(({ locals }) => locals.length > 0);
  if (open.length > 0)
    throw new Error(
      `A text is made of names of its module alone, or is one of a list of such texts:\n${open
        .map(({ place, locals }) => `${place} ${locals.join(", ")}`)
        .join("\n")}`,
    );
  const texts = await textsOf(workspace, modules, sites);
  const none = sites.find((_, index) => texts[index]?.length === 0);
  if (none) throw new Error(`${labelOf(none)} has no text.`);
  return sites.flatMap((site, index) => texts[index]!.map((text) => ({ site, text: text.trim() })));
}

/**
 * Has Postgres describe each statement, and the compiler compare that with the row types and the values.
 * @returns a sentence for each fault
 */
export async function faultsOf(
  workspace: Workspace,
  modules: ReadonlyMap<string, string>,
  statements: readonly Statement[],
  client: ClientBase,
): Promise<string[]> {
  const describer = await Describer.open(client);
  const faults: string[] = [];
  const described = new Map<Site, Description>();
  const cursors = new Map<string, Description>();
  for (const { site, text } of statements.filter((each) => !control.test(each.text)))
    try {
      const read = cursors.get(fetched.exec(text)?.[1] ?? "");
      let description = read ?? (await describer.describe(text.replace(cursor, "")));
      const opened = cursor.exec(text)?.[1];
      if (opened !== undefined) {
        cursors.set(opened, { ...description, parameters: [] });
        description = { ...description, columns: [] };
      }
      const other = described.get(site);
      described.set(site, other ? either(other, description) : description);
    } catch (error) {
      faults.push(`${labelOf(site)} is not taken by Postgres: ${(error as Error).message}`);
    }
  const wellFormed: Described[] = [];
  for (const [site, description] of described) {
    const fault = formFault(site, description);
    if (fault === undefined) wellFormed.push({ site, ...description });
    else faults.push(`${labelOf(site)} ${fault}`);
  }
  return [...faults, ...(await misfitsOf(workspace, modules, wellFormed))];
}

/** What a site gives and takes where it may have one text or another. @throws Error where they give other columns */
function either(one: Description, other: Description): Description {
  const namesOf = ({ columns }: Description) => columns.map(({ name }) => name).join(", ");
  if (namesOf(one) !== namesOf(other))
    throw new Error(`its texts give different columns: ${namesOf(one)}; ${namesOf(other)}`);
  const union = (a: string, b: string) => (a === b ? a : `${a} | ${b}`);
  return {
    columns: one.columns.map((column, index) => {
      const more = other.columns[index]!;
      const isNull = (["yes", "kept"] as const).find(
        (each) => each === column.isNull || each === more.isNull,
      );
      return {
        name: column.name,
        type: union(column.type, more.type),
        isNull: isNull ?? "no",
        isChosen: column.isChosen || more.isChosen,
      };
    }),
    parameters: one.parameters.map((parameter, index) => ({
      type: union(parameter.type, other.parameters[index]?.type ?? "never"),
      isNeeded: parameter.isNeeded || (other.parameters[index]?.isNeeded ?? false),
    })),
  };
}

function formFault({ row, values }: Site, { columns, parameters }: Description): string | undefined {
  if (row === undefined && columns.some(({ name, type }) => name !== "?column?" && type !== "void"))
    return "gives rows that have no row type";
  if (row !== undefined && columns.length === 0) return "has a row type and gives no rows";
  if (!values && parameters.length > 0) return `takes ${parameters.length} values and is passed none`;
  return undefined;
}
