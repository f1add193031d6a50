import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import type { Site, Workspace } from "./sites.ts";

/**
 * The SQL of each site, every text that it may have: its expression is evaluated at the end of its module. What is made of
 * names of the module alone is the same there as in the function around it.
 * @param modules by their path from the root
 */
export async function textsOf(
  { root, scratch }: Workspace,
  modules: ReadonlyMap<string, string>,
  sites: readonly Site[],
): Promise<string[][]> {
  const program = join(scratch, "texts.mjs");
  await build({
    stdin: {
      contents: [...modules.keys()].map((file) => `import "./${file}";`).join("\n"),
      resolveDir: root,
    },
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    outfile: program,
    logLevel: "silent",
    banner: { js: "const statementTexts = [];" },
    footer: { js: "process.stdout.write(JSON.stringify(statementTexts));" },
    plugins: [
      {
        name: "statements",
        setup(bundle) {
          bundle.onResolve({ filter: /^\.\/registry\// }, ({ path }) => ({ path: join(root, path) }));
          bundle.onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const file = path.slice(root.length + 1);
            const source = modules.get(file);
            if (source === undefined) return undefined;
            const lines = sites.map((site, index) =>
              site.file === file ? `statementTexts[${index}] = ${site.texts};` : "",
            );
            return { contents: [source, ...lines].join("\n"), loader: "ts" };
          });
        },
      },
    ],
  });
  const { stdout } = await promisify(execFile)(process.execPath, [program], { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout) as string[][];
}
