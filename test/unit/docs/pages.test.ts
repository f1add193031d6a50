import { describe, expect, test } from "@jest/globals";
import { knownVariables } from "../../../workers/configuration.ts";
import { anchors, filesBelow, found, isThere, links, read } from "./markdown.ts";

/** What the pages say exists, exists: links, paths, npm scripts, variables, commands. */

const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };

describe.each(filesBelow("", ".md"))("%s", (page) => {
  test("ok/its links resolve, to existing headings", () => {
    const lost = links(page).filter(
      ({ path, heading }) => !isThere(path) || (heading !== "" && !anchors(path).includes(heading)),
    );
    expect(lost).toEqual([]);
  });

  test("ok/the files and folders it names are there", () => {
    // The changelog names files as they were then.
    if (page === "CHANGELOG.md") return;
    const rooms =
      "activities|bench|bin|cli|client|docs|domain|findings|gateway|pages|pki|protocol|registry|sandbox|simulators|status|test|workers|workflows";
    const named = found(page, new RegExp(`\`((?:${rooms})/[\\w./-]+)\``, "g"));
    expect(named.filter((path) => !isThere(path))).toEqual([]);
  });

  test("ok/the npm scripts it names exist", () => {
    const named = [...found(page, /\bnpm run ([\w:-]+)/g), ...found(page, /\bnpm (test)\b/g)];
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });
});

test.each(["docs/reference/configuration.md", "docs/reference/configuration.ja.md"])(
  "ok/%s names every variable the engine reads, and none that it does not",
  (page) => {
    const named = found(page, /`((?:KAZASU|TEMPORAL|DATABASE)_[A-Z0-9_]+)/g);
    expect([...new Set(named)].toSorted()).toEqual(knownVariables.toSorted());
  },
);

test.each(["docs/reference/commands.md", "docs/reference/commands.ja.md"])(
  "ok/%s names every command",
  (page) => {
    const commands = filesBelow("cli", ".ts").flatMap((file) => found(file, /\.command\("([a-z]+)"\)/g));
    expect(commands.length).toBeGreaterThan(8);
    const cells = found(page, /^\| (`[^|]*)\|/gm);
    const named = cells.flatMap((cell) => [...cell.matchAll(/[a-z]+/g)].map(([word]) => word));
    expect(commands.filter((command) => !named.includes(command))).toEqual([]);
  },
);

test.each(["README.md", "README.ja.md"])("ok/%s is a front door: two commands, at most 120 lines", (page) => {
  expect(read(page).trimEnd().split("\n").length).toBeLessThanOrEqual(120);
  const commands = found(page, /^(npm .*?) *#/gm);
  expect(commands).toEqual(["npm run demo", "npm test"]);
  // The pipeline runs the tests as the page says.
  expect(read(".ci/run")).toContain(`${commands[1]} `);
});
