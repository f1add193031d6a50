import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";

/** What the image holds: `dist/` without what its Dockerfile removes, and the packages that the root's package.json depends on. */

// Plain .mjs that knows no types: it must run before anything is installed.
const { importsOf, packageOf } = (await import(
  new URL("../../../bin/package-imports.mjs", import.meta.url).href
)) as {
  importsOf: (path: string, text: string) => string[];
  packageOf: (specifier: string) => string | undefined;
};

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../", import.meta.url));
let folder: string;
let removed: string[];
beforeAll(async () => {
  const dockerfile = await readFile(join(root, "Dockerfile"), "utf8");
  removed = [...dockerfile.matchAll(/(?<= )dist\/[\w/-]+/g)].map(([path]) => path);
  folder = await mkdtemp(join(tmpdir(), "kazasu-image-"));
  const left = (path: string) => !removed.some((each) => path.startsWith(join(root, each)));
  await cp(join(root, "dist"), join(folder, "dist"), { recursive: true, filter: left });
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  await cp(join(root, "package.json"), join(folder, "package.json"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A command of the image, by what its `bin/` calls: its exit code and what it prints. */
async function kazasu(...args: string[]): Promise<{ code: number; text: string }> {
  const main = pathToFileURL(join(folder, "dist/cli/main.js")).href;
  const script = `const { main } = await import(${JSON.stringify(main)});
    process.exitCode = await main(${JSON.stringify(args)});`;
  const env = { ...process.env, NODE_OPTIONS: "" };
  return run(process.execPath, ["--input-type=module", "-e", script], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, text: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      text: error.stdout + error.stderr,
    }),
  );
}

test("ok/neither the sandbox nor a simulator is in it, and the console is", async () => {
  for (const room of ["sandbox", "simulators"]) expect(removed).toContain(`dist/${room}`);
  for (const page of ["bank", "phone", "town-hall"]) expect(removed).toContain(`dist/pages/${page}`);
  expect(removed.filter((path) => path.startsWith("dist/pages/console"))).toEqual([]);
});

test("ok/it has the packages that its code imports, and none of the sandbox's", async () => {
  const names = async (path: string, kind: "dependencies" | "peerDependencies") =>
    Object.keys((JSON.parse(await readFile(path, "utf8")) as Record<string, object>)[kind] ?? {});
  const installed = await names(join(root, "package.json"), "dependencies");
  const needed = new Set<string>();
  for (const path of await readdir(join(folder, "dist"), { recursive: true }))
    if (/\.[cm]?js$/.test(path) && !path.startsWith("pages/"))
      for (const each of importsOf(path, await readFile(join(folder, "dist", path), "utf8")))
        if (packageOf(each)) needed.add(packageOf(each)!);
  for (const name of installed.filter((each) => needed.has(each)))
    for (const peer of await names(join(root, "node_modules", name, "package.json"), "peerDependencies"))
      needed.add(peer);
  expect(installed.filter((name) => !needed.has(name))).toEqual([]);
  // The sandbox's own are those of a workspace, which npm would keep.
  expect(await readFile(join(root, "Dockerfile"), "utf8")).toContain(
    "npm pkg delete workspaces && npm prune --omit=dev",
  );
});

test.each([
  ["worker"],
  ["gateway"],
  ["status"],
  ["migrate"],
  ["party"],
  ["operation"],
  ["audit"],
  ["ceremony"],
])("ok/kazasu %s is there", async (command) => {
  expect(await kazasu(command, "--help")).toMatchObject({
    code: 0,
    text: expect.stringContaining(`kazasu ${command}`),
  });
});

test.each([["demo"], ["up"], ["sandbox"], ["enrol"]])("fail/kazasu %s says where it is", async (command) => {
  const { code, text } = await kazasu(command);
  expect(code).toBe(1);
  expect(text).toContain("which this installation is without; run it from a clone of kazasu");
});
