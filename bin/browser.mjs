/**
 * `npm run test:browser`: the pages in a real browser, Chromium from the system (`KAZASU_CHROMIUM` specifies another). With
 * `--pictures` screenshots are stored below docs/pictures.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./bootstrap.mjs";
import { fail, Refusal } from "./progress.mjs";
import { foreground, stopWithParent } from "./run.mjs";

async function browse(args) {
  const chromium = process.env.KAZASU_CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(chromium))
    throw new Refusal(
      `There is no Chromium at ${chromium}: install it (apt-get install chromium), or name it with KAZASU_CHROMIUM.`,
    );
  const pictures = args.includes("--pictures") ? { KAZASU_PICTURES: join(root, "docs/pictures") } : {};
  const env = { ...process.env, ...pictures, KAZASU_BROWSER: "1", KAZASU_CHROMIUM: chromium };
  const rest = args.filter((each) => each !== "--pictures");
  const test = [join(root, "bin/test.mjs"), ...rest, "--selectProjects", "browser"];
  process.exitCode = await foreground(process.execPath, test, { cwd: root, env });
}

stopWithParent();
await browse(process.argv.slice(2)).catch(fail);
