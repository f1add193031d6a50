import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Refusal, step } from "../../../bin/progress.mjs";
import { capture } from "../../../bin/run.mjs";

const manifest = fileURLToPath(new URL("Cargo.toml", import.meta.url));

/**
 * Builds the judge on rustls-webpki beside `home`, once for those who want it. Where there is no cargo, or an older one than rustls-webpki wants, its
 * tests are left out.
 * @param {string} home
 */
export default async function prepare(home) {
  const target = join(home, "../webpki");
  const { code: missing, output: version } = await capture("cargo", ["--version"]);
  const [, major, minor] = /^cargo (\d+)\.(\d+)/.exec(version) ?? [];
  // 1.78 reads the lock file, version 4; rustls-webpki itself wants 1.71.
  if (missing !== 0 || (Number(major) === 1 && Number(minor) < 78)) {
    process.stderr.write("There is no cargo of 1.78 or later: the judge on rustls-webpki is left out.\n");
    return {};
  }
  await step("judge on rustls-webpki: cargo build", async () => {
    const args = ["build", "--quiet", "--locked", "--manifest-path", manifest, "--target-dir", target];
    const { code, output } = await capture("cargo", args);
    if (code === 0) return;
    const said = output.trim().slice(-600);
    throw new Refusal(
      `cargo build failed: look whether crates.io can be reached, and for a C compiler. It said: ${said}`,
    );
  });
  return { KAZASU_WEBPKI_JUDGE: join(target, "debug/webpki-judge") };
}
