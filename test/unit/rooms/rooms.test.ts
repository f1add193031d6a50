import { readdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { outside, rooms } from "./rooms.ts";

const root = new URL("../../../", import.meta.url);
const configuration = fileURLToPath(new URL(".oxlintrc.json", root));

interface Pattern {
  regex: string;
  message: string;
  allowTypeImports?: true;
}
interface Override {
  files: string[];
  rules: Record<string, unknown>;
}
const all = [...Object.keys(rooms), ...outside];

/** What a room may not import, as a pattern of `no-restricted-imports`. */
function patternOf(room: string): Pattern {
  const { may, message } = rooms[room]!;
  const denied = all.filter((each) => each !== room && !may.includes(each));
  return { regex: `^(\\.\\./)+(${denied.join("|")})/`, message };
}

function patternsOf({ rules }: Override): Pattern[] {
  const [, { patterns }] = rules["no-restricted-imports"] as ["error", { patterns: Pattern[] }];
  return patterns;
}

async function read(): Promise<{ overrides: Override[] }> {
  return JSON.parse(await readFile(configuration, "utf8"));
}

test("ok/every top folder with code is a room, or is outside the engine; and every room is there", async () => {
  const folders = (await readdir(root, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .filter((name) => !["node_modules", "dist", "var"].includes(name));
  expect(folders.toSorted()).toEqual(all.toSorted());
});

test("ok/the linter holds each room to what it may use, and names no room that is not there", async () => {
  const config = await read();
  if (process.env["UPDATE_DOCS"] === "1") {
    for (const override of config.overrides) {
      const room = override.files[0]!.split("/")[0]!;
      if (!(room in rooms) || !("no-restricted-imports" in override.rules)) continue;
      const own = patternOf(room);
      const [first] = patternsOf(override);
      Object.assign(first!, own);
    }
    await writeFile(configuration, `${JSON.stringify(config, null, 2)}\n`);
  }
  const held = new Map<string, Pattern>();
  for (const override of config.overrides)
    if ("no-restricted-imports" in override.rules)
      for (const files of override.files) held.set(files, patternsOf(override)[0]!);
  for (const room of Object.keys(rooms))
    expect({ room, ...held.get(`${room}/**`) }).toEqual({ room, ...patternOf(room) });
  // Narrower rules of a part of a room replace those of the room: they hold what the room's hold.
  for (const [files, pattern] of held) {
    const room = files.split("/")[0]!;
    expect({ files, regex: pattern.regex }).toEqual({ files, regex: patternOf(room).regex });
  }
});

test("ok/registry/ decides neither how long nor how many: what others read of it is no number", async () => {
  const registry = new URL("registry/", root);
  const found: string[] = [];
  for (const name of await readdir(registry, { recursive: true }))
    if (name.endsWith(".ts"))
      for (const [line] of (await readFile(new URL(name, registry), "utf8")).matchAll(
        /^export const \w+(?:: number)? = [\d_]+.*$|interval '\$\{.*$/gm,
      ))
        found.push(`${name}: ${line}`);
  expect(found).toEqual([]);
});
