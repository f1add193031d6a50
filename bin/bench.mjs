/** `npm run bench:issuance`: prepares the clone and runs the bench in the first argument. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { prepare, root } from "./bootstrap.mjs";
import { fail } from "./progress.mjs";

try {
  Object.assign(process.env, await prepare({ fetch: ["temporal"] }));
  const [name, ...args] = process.argv.slice(2);
  const { bench } = await import(pathToFileURL(join(root, `dist/bench/${name}.js`)).href);
  await bench(args);
} catch (error) {
  fail(error);
}
