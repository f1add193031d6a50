import { Buffer } from "node:buffer";
import { bundleWorkflowCode, DefaultLogger } from "@temporalio/worker";

export interface Bundle {
  /** Size of the code in bytes, as a worker loads it: not minified, without the source map. */
  bytes: number;
  /** npm packages with code in the bundle, sorted. */
  packages: string[];
}

/** Bundles workflows as the build does and looks at what came of it. Throws with what the bundler says. */
export async function bundle(workflowsPath: string): Promise<Bundle> {
  const said: string[] = [];
  const logger = new DefaultLogger("ERROR", ({ message }) => void said.push(message));
  const { code } = await bundleWorkflowCode({ workflowsPath, logger }).catch((cause: unknown) => {
    throw new Error(`The workflows cannot be bundled: ${said.join("\n")}`, { cause });
  });
  const [program, map] = splitSourceMap(code);
  const { sources } = JSON.parse(map) as { sources: string[] };
  return { bytes: Buffer.byteLength(program), packages: packagesOf(sources) };
}

function splitSourceMap(code: string): [program: string, map: string] {
  const found = /^\/\/# sourceMappingURL=data:application\/json;[^,]*base64,(.+)$/m.exec(code);
  if (!found) throw new Error("The bundle has no inline source map, so its modules are unknown.");
  return [code.slice(0, found.index), Buffer.from(found[1]!, "base64").toString()];
}

function packagesOf(sources: string[]): string[] {
  const names = sources.map((source) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))].toSorted();
}
