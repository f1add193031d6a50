import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { z } from "zod";
import { ConfigurationError } from "./configuration.ts";

/**
 * Reads a file of secrets, or creates it at the first start: mode 0600, synced, and complete or absent, so that two concurrent
 * processes use the same keys.
 * @throws ConfigurationError if it cannot be read, or does not match `schema`
 */
export async function readOrCreateKeyFile<T>(
  path: string,
  schema: z.ZodType<T>,
  make: () => Promise<object>,
): Promise<T> {
  const text = (await read(path)) ?? (await create(path, await make()));
  const parsed = schema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new ConfigurationError(`${path} is not a key file of this version; restore it from backup.`);
}

/** `undefined` if it is not JSON: the parser's message would quote the content. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new ConfigurationError(
      `The key file ${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`,
    );
  }
}

async function create(path: string, keys: object): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const text = JSON.stringify(keys, undefined, 2);
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  const file = await open(temporary, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    // A link, not a rename: the second process finds the first one's keys instead of overwriting them.
    await link(temporary, path);
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return await readFile(path, "utf8");
  } finally {
    await rm(temporary, { force: true });
  }
}
