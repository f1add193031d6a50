import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Refusal, step } from "../../../bin/progress.mjs";
import { capture } from "../../../bin/run.mjs";

const project = fileURLToPath(new URL("../../../docs/interop/go/", import.meta.url));

/**
 * Builds the samples of docs/interop/go. Where there is no Go, or an older one than they want, their tests are left out.
 * @param {string} home
 */
export default async function prepare(home) {
  const { code: missing, output: version } = await capture("go", ["version"]);
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(version) ?? [];
  // golang.org/x/crypto wants it.
  if (missing !== 0 || (Number(major) === 1 && Number(minor) < 26)) {
    process.stderr.write("There is no Go of 1.26 or later: the samples in Go are left out.\n");
    return {};
  }
  await mkdir(home, { recursive: true });
  await step("docs/interop/go: go build", async () => {
    const args = ["build", "-C", project, "-mod=readonly", "-trimpath", "-o", `${home}/`, "./..."];
    const { code, output } = await capture("go", args);
    if (code === 0) return;
    const said = output.trim().slice(-600);
    throw new Refusal(`go build failed: look whether the Go module proxy can be reached. It said: ${said}`);
  });
  return { KAZASU_INTEROP_GO: home };
}
