import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** What the tests of the pages read of Markdown. */

const root = fileURLToPath(new URL("../../..", import.meta.url));
export const read = (path: string): string => readFileSync(join(root, path), "utf8");
export const isThere = (path: string): boolean => existsSync(join(root, path));

const made = new Set(["node_modules", "dist", "var"]);
/** Files below a folder of the clone, by the ending of their names. */
export const filesBelow = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) return entry.name.endsWith(ending) ? [path] : [];
    return made.has(entry.name) || entry.name.startsWith(".") ? [] : filesBelow(path, ending);
  });

/** What the pattern's group holds, wherever it matches. */
export const found = (page: string, pattern: RegExp): string[] =>
  [...read(page).matchAll(pattern)].map(([, match = ""]) => match);

const fence = /^ *```(\w*)\n(.*?)^ *```$/gms;
export interface Block {
  language: string;
  code: string;
}
export const codeBlocks = (page: string): Block[] =>
  [...read(page).matchAll(fence)].map(([, language = "", code = ""]) => ({ language, code }));

const prose = (page: string): string => read(page).replace(fence, "");
export const headings = (page: string): { level: number; text: string }[] =>
  [...prose(page).matchAll(/^(#+) (.+)$/gm)].map(([, marks = "", text = ""]) => ({
    level: marks.length,
    text,
  }));
export const tableRows = (page: string): string[] =>
  [...prose(page).matchAll(/^ *\|.*\|$/gm)].map(([row]) => row);

/** As GitHub names a heading in a link. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}\s_-]/gu, "")
    .replaceAll(" ", "-");
/** What a link can name in a page: its headings, where the second of one name is `name-1`, and places marked by an `id`. */
export function anchors(page: string): string[] {
  const seen = new Map<string, number>();
  const named = headings(page).map(({ text }) => {
    const name = anchor(text);
    const before = seen.get(name) ?? 0;
    seen.set(name, before + 1);
    return before === 0 ? name : `${name}-${before}`;
  });
  return [...named, ...found(page, /<a id="([^"]+)"/g)];
}

/** Links to files of the clone, from its root: the file, and the heading where one is named. */
export const links = (page: string): { path: string; heading: string }[] =>
  [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file = "", heading = ""] = target.split("#");
      return { path: file === "" ? page : join(dirname(page), file), heading };
    });
