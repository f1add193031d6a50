/** Creates the pages and the reports: `node make.mjs ROOT INTO`, in a folder with this one's packages installed. */
import { mkdir } from "node:fs/promises";
import { makePages } from "./pages.mjs";
import { makeReport } from "./report.mjs";

const [root, into] = process.argv.slice(2);
await mkdir(into, { recursive: true });
const faults = await makePages(root, into);
for (const folder of ["protocol", "pki", "client/app", "client/relying-party", "client/engine"])
  faults.push(...makeReport(root, folder, into));
for (const fault of faults) process.stderr.write(`${fault}\n`);
if (faults.length > 0) process.exitCode = 1;
