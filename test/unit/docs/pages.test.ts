import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { knownVariables } from "../../../workers/configuration.ts";

/** What the pages say exists, exists: links, paths, npm scripts, variables, commands. */

const root = fileURLToPath(new URL("../../..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const isThere = (path: string): boolean => existsSync(join(root, path));
const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };

const made = new Set(["node_modules", "dist", "var"]);
const filesBelow = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) return entry.name.endsWith(ending) ? [path] : [];
    return made.has(entry.name) || entry.name.startsWith(".") ? [] : filesBelow(path, ending);
  });

/** What the pattern's group holds, wherever it matches. */
const found = (page: string, pattern: RegExp): string[] =>
  [...read(page).matchAll(pattern)].map(([, match = ""]) => match);

describe.each(filesBelow("", ".md"))("%s", (page) => {
  test("ok/its links lead somewhere", () => {
    const links = found(page, /\]\(([^)#\s]+)/g).filter((link) => !/^[a-z]+:/.test(link));
    expect(links.filter((link) => !isThere(join(dirname(page), link)))).toEqual([]);
  });

  test("ok/the files and folders it names are there", () => {
    // The changelog names files as they were then.
    if (page === "CHANGELOG.md") return;
    const rooms =
      "activities|bench|bin|cli|client|docs|domain|findings|gateway|pages|pki|protocol|registry|sandbox|simulators|status|test|workers|workflows";
    const named = found(page, new RegExp(`\`((?:${rooms})/[\\w./-]+)\``, "g"));
    expect(named.filter((path) => !isThere(path))).toEqual([]);
  });

  test("ok/the npm scripts it tells to run are there", () => {
    const named = [...found(page, /\bnpm run ([\w:-]+)/g), ...found(page, /\bnpm (test)\b/g)];
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });
});

describe.each(["README.md", "README.ja.md"])("%s", (page) => {
  test("ok/names every variable the engine reads, and none that it does not", () => {
    const elsewhere = /^(?:KAZASU_(?:DEBUG|CACHE)|TEMPORAL_(?:CLI|TEST_SERVER)_PATH)$/;
    const named = found(page, /`((?:KAZASU|TEMPORAL|DATABASE)_[A-Z0-9_]+)/g).filter(
      (name) => !elsewhere.test(name),
    );
    expect([...new Set(named)].toSorted()).toEqual(knownVariables.toSorted());
  });

  test("ok/names every command", () => {
    const commands = filesBelow("cli", ".ts").flatMap((file) => found(file, /\.command\("([a-z]+)"\)/g));
    expect(commands.length).toBeGreaterThan(8);
    const cells = found(page, /^\| (`[^|]*)\|/gm);
    const named = cells.flatMap((cell) => [...cell.matchAll(/[a-z]+/g)].map(([word]) => word));
    expect(commands.filter((command) => !named.includes(command))).toEqual([]);
  });
});
