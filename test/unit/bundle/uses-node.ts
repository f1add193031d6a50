import { readFile } from "node:fs/promises";

/** What must not happen: a workflow that reaches for the world. */
export async function usesNode(path: string): Promise<string> {
  return readFile(path, "utf8");
}
