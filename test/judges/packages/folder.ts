import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const consumer = "test/judges/packages/consumer";

/** Runs a program to its end. @returns what it wrote on stdout; rejects with all it said where it failed */
export async function run(program: string, args: string[], cwd: string, env = process.env): Promise<string> {
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let [out, all] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    all += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (all += text));
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code === 0) return out;
  throw new Error(`${program} ${args.join(" ")} in ${cwd} ended with ${String(code)}:\n${all.slice(-3_000)}`);
}

/** Packs all packages, or these, as `npm run pack` does. @returns the tarballs by the package's name without its scope */
export async function packAll(...names: string[]): Promise<Record<string, string>> {
  const into = await mkdtemp(join(tmpdir(), "kazasu-tarballs-"));
  const paths = (await run(process.execPath, [join(root, "bin/pack.mjs"), "--into", into, ...names], root))
    .trim()
    .split("\n");
  return Object.fromEntries(paths.map((path) => [/^kazasu-(.+)-\d/.exec(basename(path))?.[1] ?? path, path]));
}

/** The environment of somebody who has no clone: nothing of this one's npm is in it. */
export const cleanEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS$)/i.test(name)));

/** An empty folder into which npm, run by this Node, installs the tarballs and what the examples name beside them. */
export async function installed(node: string, tarballs: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "kazasu-consumer-"));
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  const { dependencies, devDependencies } = JSON.parse(
    await readFile(join(root, "package.json"), "utf8"),
  ) as Record<"dependencies" | "devDependencies", Record<string, string>>;
  const beside = ["jose", "openid-client"].map((name) => `${name}@${dependencies[name]}`);
  const types = `@types/node@${devDependencies["@types/node"]}`;
  const args = ["install", "--no-audit", "--no-fund", "--prefer-offline", ...tarballs, ...beside, types];
  await run(node, [await npm(), ...args], folder, cleanEnvironment());
  return folder;
}

/**
 * The same without a registry: the tarballs unpacked, and beside them what the clone has installed. For what is bundled, not for
 * what npm does with a package.
 */
export async function linked(tarballs: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "kazasu-linked-"));
  const modules = join(folder, "node_modules");
  await mkdir(join(modules, "@kazasu"), { recursive: true });
  for (const name of await readdir(join(root, "node_modules")))
    if (name !== "@kazasu" && !name.startsWith("."))
      await symlink(join(root, "node_modules", name), join(modules, name));
  for (const [name, path] of Object.entries(tarballs)) {
    const target = join(modules, "@kazasu", name);
    await mkdir(target);
    await run("tar", ["-xzf", path, "-C", target, "--strip-components=1"], folder);
  }
  return folder;
}

/** npm's own program, to run it by another Node. */
async function npm(): Promise<string> {
  const prefix = (await run("npm", ["root", "--global"], root)).trim();
  return join(prefix, "npm/bin/npm-cli.js");
}

/**
 * Lays docs/examples and the consumer's files into the folder unchanged, type-checks them there, and compiles them to the
 * JavaScript that every Node runs.
 * @returns where the compiled consumer is
 */
export async function compiled(folder: string): Promise<string> {
  for (const path of ["docs/examples", consumer])
    await cp(join(root, path), join(folder, path), { recursive: true });
  const shared = {
    target: "es2022",
    strict: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    allowImportingTsExtensions: true,
    rewriteRelativeImportExtensions: true,
    rootDir: ".",
  };
  const server = { ...shared, module: "nodenext", lib: ["es2023"], types: ["node"], outDir: "js" };
  const browser = {
    ...shared,
    module: "esnext",
    moduleResolution: "bundler",
    lib: ["es2022", "dom"],
    types: [],
  };
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions: server, include: ["docs", "test"] }),
  );
  await writeFile(
    join(folder, "tsconfig.browser.json"),
    JSON.stringify({ compilerOptions: { ...browser, noEmit: true }, files: [`${consumer}/browser.ts`] }),
  );
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  await run(process.execPath, [tsc, "-p", "tsconfig.json"], folder);
  await run(process.execPath, [tsc, "-p", "tsconfig.browser.json"], folder);
  for (const name of ["phone.mjs", "lines.mjs", "entries.mjs"])
    await cp(join(folder, consumer, name), join(folder, "js", consumer, name));
  return join(folder, "js", consumer);
}
