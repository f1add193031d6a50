import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";
import type { OperatorRule } from "../domain/operation/approving.ts";
import { type OperatorKey, operatorKey, operatorsFault } from "../protocol/approval.ts";
import { type Configuration, ConfigurationError } from "./configuration.ts";

/** A CA must not be operated by one person alone. */
const fewestOperators = 2;

const operatorsFile = z
  .strictObject({
    needed: z.number().int().min(fewestOperators).max(16),
    operators: z.array(operatorKey).max(64),
  })
  .refine(({ needed, operators }) => operators.length >= needed, {
    message: "has fewer keys than required approvals",
  });

/** The operators who may approve operations, from the file in KAZASU_OPERATORS; `undefined` if it is not set. */
export async function readOperators({
  KAZASU_OPERATORS: file,
}: Pick<Configuration, "KAZASU_OPERATORS">): Promise<OperatorRule | undefined> {
  if (file === undefined) return undefined;
  const parsed = operatorsFile.safeParse(parse(await read(file)));
  const wrong = parsed.success
    ? ((await operatorsFault(parsed.data.operators)) ?? nameTwice(parsed.data.operators))
    : parsed.error.issues.map(({ path, message }) => `${path.join(".") || "it"}: ${message}`).join("; ");
  if (parsed.success && wrong === undefined) return parsed.data;
  throw new ConfigurationError(`The operators' file ${file} cannot be used (${wrong}).`);
}

/** A person with two keys would approve as two people. */
function nameTwice(operators: readonly OperatorKey[]): string | undefined {
  const names = operators.map(({ name }) => name.normalize("NFKC").trim());
  const twice = names.find((name, index) => names.indexOf(name) < index);
  return twice === undefined
    ? undefined
    : `Two keys have the name ${twice}, and would approve as two people: list one key for each person, under a name of its own.`;
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigurationError(`KAZASU_OPERATORS names ${file}, which cannot be read (${code}).`);
  }
}
