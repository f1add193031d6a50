import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";

/** What each package.json says, held to the rooms and to the one place where a thing is decided. Judges install the tarballs. */

interface Manifest {
  name: string;
  version: string;
  description?: string;
  license: string;
  type: string;
  private?: boolean;
  engines: Record<string, string>;
  workspaces: string[];
  overrides: Record<string, string>;
  files: string[];
  bin?: Record<string, string>;
  exports?: Record<string, unknown>;
  sideEffects?: boolean;
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  peerDependencies?: Record<string, string>;
}
interface Package {
  name: string;
  folder: string;
  manifest: Manifest;
  program: boolean;
}

const root = fileURLToPath(new URL("../../../", import.meta.url));
const text = (...path: string[]) => readFile(join(root, ...path), "utf8");
// Plain .mjs that knows no types: it must run before anything is installed.
const { readPackages, readManifest, targetsOf } = (await import(
  new URL("../../../bin/package-table.mjs", import.meta.url).href
)) as {
  readPackages: (root: string) => Promise<Package[]>;
  readManifest: (root: string, folder: string) => Promise<Manifest>;
  targetsOf: (manifest: object) => string[];
};
const whole = await readManifest(root, "");
const packages = await readPackages(root);
const programs = ["@kazasu/sandbox", "@kazasu/card"];
const named = packages.map((each) => [each.name, each] as const);
const sources = async (folder: string): Promise<string[]> =>
  (await readdir(join(root, folder), { recursive: true })).filter(
    (name) => name.endsWith(".ts") && !/^(dist|node_modules)\//.test(name),
  );

describe.each(named)("%s", (_, { folder, manifest, program }) => {
  test("ok/has the version, the licence and the Node of the root", async () => {
    const { version, license, engines, type } = whole;
    expect(manifest).toMatchObject({ version, license, engines, type });
    expect(manifest.private).toBeUndefined();
    expect(await text(folder, "LICENSE")).toBe(await text("LICENSE"));
    expect(manifest.description).toMatch(/\w/);
  });

  test("ok/holds what was built and nothing else, and builds it before it is packed", () => {
    expect(manifest.files).toEqual(["dist"]);
    const up = "../".repeat(folder.split("/").length);
    expect(manifest.scripts).toEqual({ prepack: `node ${up}bin/pack.mjs --build` });
  });

  test("ok/needs libraries in the root's versions, and other packages in its own; never a program", () => {
    const expected = (name: string): string | undefined => {
      if (name.startsWith("@kazasu/")) return whole.version;
      const version = {
        ...whole.overrides,
        ...whole.optionalDependencies,
        ...whole.devDependencies,
        ...whole.dependencies,
      }[name];
      return version === undefined || program ? version : `^${version}`;
    };
    for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies }))
      expect(`${name} ${range}`).toBe(`${name} ${expected(name)}`);
    expect(programs.filter((name) => name in manifest.dependencies)).toEqual([]);
    const own = Object.keys(manifest.dependencies).filter((name) => name.startsWith("@kazasu/"));
    if (program) expect(own).toEqual([]);
  });

  test("ok/its README says how to install it, and has a first example", async () => {
    const readme = await text(folder, "README.md");
    expect(readme.split("\n")[0]).toBe(`# ${manifest.name}`);
    expect(readme).toContain(program ? `npx --package ${manifest.name} ` : `npm install ${manifest.name}`);
    expect(readme.match(/^```(js|sh)$/gm)?.length).toBeGreaterThan(1);
  });

  test("ok/each of its entries is made from a source that is there", async () => {
    expect(Boolean(manifest.bin)).toBe(programs.includes(manifest.name));
    const made = targetsOf(manifest).filter((target) => target.endsWith("js"));
    expect(made.length).toBeGreaterThan(0);
    const found = made.map((target) => {
      const path = target.slice("./dist/".length);
      return program ? path : join(folder, path.replace(/\.js$/, ".ts"));
    });
    for (const path of found) expect(await text(path)).toMatch(/\w/);
    if (!program) expect(manifest.sideEffects).toBe(false);
  });
});

test("ok/the changelog has the version, dated, below what is unreleased", async () => {
  const headings = [...(await text("CHANGELOG.md")).matchAll(/^## \[(.+?)\](?: - (.+))?$/gm)];
  expect(headings[0]?.[1]).toBe("Unreleased");
  expect(headings.find(([, version]) => version === whole.version)?.[2]).toMatch(/^\d{4}-\d\d-\d\d$/);
});

test("ok/every module of protocol/ is an entry, and in the main one", async () => {
  const modules = (await sources("protocol")).filter((name) => name !== "index.ts").toSorted();
  const main = [...(await text("protocol/index.ts")).matchAll(/^export \* from "\.\/(.+)";$/gm)].map(
    ([, name = ""]) => name,
  );
  expect(main).toEqual(modules);
  const { exports: entries = {} } = packages.find(({ folder }) => folder === "protocol")!.manifest;
  expect(Object.keys(entries)).toEqual([".", ...modules.map((name) => `./${name.replace(/\.ts$/, "")}`)]);
});

test("ok/what the main entry of pki/ has whole is an entry too", async () => {
  const main = [...(await text("pki/index.ts")).matchAll(/^export \* from "\.\/(.+)\.ts";$/gm)].map(
    ([, name]) => `./${name}`,
  );
  const { exports: entries = {} } = packages.find(({ folder }) => folder === "pki")!.manifest;
  const byRuntime = "./x509/verify-signature";
  expect(Object.keys(entries).filter((entry) => entry !== byRuntime)).toEqual([".", ...main]);
  expect(Object.keys(entries[byRuntime] as object)).toEqual(["react-native", "browser", "node", "default"]);
});

test("ok/the packages' entries are resolved from the rooms here, by the compiler", async () => {
  const { compilerOptions } = JSON.parse(await text("tsconfig.json")) as {
    compilerOptions: { paths: Record<string, string[]> };
  };
  const own = packages.filter(({ program }) => !program);
  const expected = own.flatMap(({ name, folder, manifest: { exports: entries = {} } }) => [
    [name, [`./${folder}/index.ts`]],
    ...(Object.keys(entries).length > 1 ? [[`${name}/*`, [`./${folder}/*.ts`]]] : []),
  ]);
  expect(compilerOptions.paths).toEqual(Object.fromEntries(expected));
});
