import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { knownVariables } from "../../../workers/configuration.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const { scripts, bin } = JSON.parse(read("package.json")) as Record<
  "scripts" | "bin",
  Record<string, string>
>;

/** Every page of the repository, whether it was committed yet or not. */
const pages = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "--", "*.md"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((path) => path !== "" && existsSync(join(root, path)));

/** Every way out of a room but a sentence: the first part of a path in the repository. */
const rooms =
  /`((?:activities|bench|bin|cli|client|docs|gateway|pki|protocol|registry|simulators|test|workers|workflows)\/[\w./-]+)`/g;

const found = (page: string, pattern: RegExp): string[] =>
  [...read(page).matchAll(pattern)].map(([, match = ""]) => match);

describe.each(pages)("%s", (page) => {
  test("ok/its links lead somewhere", () => {
    const links = found(page, /\]\(([^)#\s]+)[^)]*\)/g).filter((link) => !/^[a-z]+:/.test(link));
    expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([]);
  });

  test("ok/the files and folders it names are there", () => {
    const named = found(page, rooms);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test("ok/the npm scripts it tells to run are there", () => {
    const run = found(page, /\bnpm (?:run )?((?<=run )[\w:-]+|test)\b/g);
    expect(run.filter((name) => scripts[name] === undefined)).toEqual([]);
  });
});

describe.each(["README.md", "README.ja.md"])("%s", (page) => {
  test("ok/names every variable the engine reads, and none that it does not", () => {
    const named = found(page, /`((?:KAZASU|TEMPORAL|DATABASE)_[A-Z_]+)`/g);
    const elsewhere = /^(KAZASU_(DEBUG|CACHE)|TEMPORAL_(CLI|TEST_SERVER)_PATH)$/;
    const configured = new Set(named.filter((name) => !elsewhere.test(name)));
    expect([...configured].toSorted()).toEqual([...knownVariables].toSorted());
  });

  test("ok/names every command", () => {
    expect(Object.keys(bin)).toEqual(["kazasu"]);
    const commands = [
      ...read("cli/main.ts").matchAll(/import \{[^}]*\} from "\.\/(?:[\w-]+\/)?([\w-]+)\.ts"/g),
    ];
    expect(commands.length).toBeGreaterThan(5);
    for (const command of [
      "up",
      "worker",
      "gateway",
      "status",
      "migrate",
      "doctor",
      "enrol",
      "card verify",
      "demo",
    ])
      expect(read(page)).toMatch(new RegExp(`\`(?:npx kazasu )?${command}[ \`]`));
  });
});
