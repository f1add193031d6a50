/** Bundles the compiled workflows into one file, so that a worker starts without webpack: `node bin/bundle.mjs DIST`. */
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundleWorkflowCode, DefaultLogger } from "@temporalio/worker";

const dist = process.argv[2];
const { code } = await bundleWorkflowCode({
  workflowsPath: join(dist, "workflows/index.js"),
  failureConverterPath: join(dist, "client/data-converter/failure-converter.cjs"),
  logger: new DefaultLogger("WARN"),
});
const target = join(dist, "workflow-bundle.js");
await writeFile(`${target}.new`, code);
await rename(`${target}.new`, target);
