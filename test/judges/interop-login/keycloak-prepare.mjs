import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename } from "node:fs/promises";
import { join } from "node:path";
import { Refusal, step } from "../../../bin/progress.mjs";
import { capture } from "../../../bin/run.mjs";

const version = "26.7.3";
const unpack = "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:unpack";
const artifact = `org.keycloak:keycloak-quarkus-dist:${version}:zip`;

/**
 * Unpacks Keycloak's distribution below `home` and builds it for a database in memory, once.
 * @param {string} home
 */
export default async function prepare(home) {
  const keycloak = join(home, `keycloak-${version}`);
  if (!existsSync(keycloak))
    await step(`Keycloak ${version}: mvn dependency:unpack, kc.sh build`, async () => {
      await mkdir(home, { recursive: true });
      const unfinished = await mkdtemp(join(home, "unfinished-"));
      const into = ["-q", "-B", unpack, `-Dartifact=${artifact}`, `-DoutputDirectory=${unfinished}`];
      await must("mvn", into, "install maven, and look whether Maven Central can be reached", { cwd: home });
      const made = join(unfinished, `keycloak-${version}`);
      const env = { ...process.env, KC_DB: "dev-mem" };
      await must(join(made, "bin/kc.sh"), ["build"], "install a JDK of 17 or later", { env });
      await rename(made, keycloak);
    });
  return { KAZASU_LOGIN_KEYCLOAK: keycloak };
}

async function must(program, args, advice, options) {
  const { code, output } = await capture(program, args, options);
  if (code !== 0) throw new Refusal(`${program} failed: ${advice}. It said: ${output.trim().slice(-600)}`);
}
