import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Refusal, step } from "../../../bin/progress.mjs";
import { capture } from "../../../bin/run.mjs";

const clients = ["go-oidc", "zitadel"];

/**
 * Builds the clients in Go. Where there is no Go, or an older one than they want, their tests are left out.
 * @param {string} home
 */
export default async function prepare(home) {
  const { code: missing, output: version } = await capture("go", ["version"]);
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(version) ?? [];
  // go-oidc 3.21 and x/oauth2 0.38 want it.
  if (missing !== 0 || (Number(major) === 1 && Number(minor) < 26)) {
    process.stderr.write("There is no Go of 1.26 or later: the clients in Go are left out.\n");
    return {};
  }
  await mkdir(home, { recursive: true });
  for (const client of clients) await step(`${client}: go build`, () => build(client, join(home, client)));
  return { KAZASU_LOGIN_GO: home };
}

async function build(client, program) {
  const project = fileURLToPath(new URL(`../../../docs/interop/login-${client}/`, import.meta.url));
  const args = ["build", "-C", project, "-mod=readonly", "-trimpath", "-o", program, "."];
  const { code, output } = await capture("go", args);
  if (code === 0) return;
  const said = output.trim().slice(-600);
  throw new Refusal(`go build failed: look whether the Go module proxy can be reached. It said: ${said}`);
}
