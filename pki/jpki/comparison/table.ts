import { readFileSync } from "node:fs";

/** The lines of a generated table in this folder, without its source comments. */
export function tableLines(name: "kanji.txt" | "municipalities.txt"): string[] {
  const text = readFileSync(new URL(name, import.meta.url), "utf8");
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}
