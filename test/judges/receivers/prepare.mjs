import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Refusal, step } from "../../../bin/progress.mjs";
import { capture } from "../../../bin/run.mjs";

const project = fileURLToPath(new URL(".", import.meta.url));

/** The receivers, unmodified: versions and hashes stand in go.mod and go.sum. */
const programs = ["./sgnl", "github.com/i2-open/i2goSignals/cmd/goSignalsServer"];

/**
 * Builds the receivers of Shared Signals below `home`; Go builds again only what has changed. Where their modules cannot be
 * fetched, the tests are left out. A clone can stand in for github.com by git's `url.<clone>.insteadOf` and Go's GOPRIVATE.
 * @param {string} home
 */
export default async function prepare(home) {
  await mkdir(home, { recursive: true });
  const args = ["build", "-mod=readonly", "-o", join(home, "/"), ...programs];
  let isUnreachable = false;
  await step("receivers of Shared Signals: go build", async () => {
    const { code, output } = await capture("go", args, { cwd: project });
    if (code === 0) return;
    isUnreachable = /(?:sgnl-ai|i2-open)\S*: reading https?:\/\/|dial tcp|could not read Username/i.test(
      output,
    );
    const said = output.trim().slice(-600);
    if (!isUnreachable) throw new Refusal(`go build failed: install Go 1.25 or later. It said: ${said}`);
    process.stderr.write(`The modules of the receivers cannot be fetched, and they are left out: ${said}\n`);
  });
  return isUnreachable ? {} : { KAZASU_SSF_RECEIVERS: home };
}
