import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Refusal, step } from "../../../bin/progress.mjs";
import { capture } from "../../../bin/run.mjs";

const project = fileURLToPath(new URL(".", import.meta.url));

/**
 * Builds the judges that run in a Java machine, once for each state of their sources: a folder of jars below `home`.
 * @param {string} home
 */
export default async function prepare(home) {
  const jars = join(home, await stateOfSources());
  if (!existsSync(jars)) await step("judges in Java: mvn package", () => build(home, jars));
  return { KAZASU_JAVA_JUDGES: jars };
}

async function stateOfSources() {
  const names = await readdir(join(project, "src"), { recursive: true, withFileTypes: true });
  const sources = names
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath ?? each.path, each.name));
  const hash = createHash("sha256");
  for (const path of [join(project, "pom.xml"), ...sources.toSorted()]) hash.update(await readFile(path));
  return hash.digest("hex").slice(0, 16);
}

async function build(home, jars) {
  await mkdir(home, { recursive: true });
  const unfinished = await mkdtemp(join(home, "unfinished-"));
  const target = join(unfinished, "target");
  const { code, output } = await capture("mvn", ["-q", "-B", `-Djudges.target=${target}`, "package"], {
    cwd: project,
  });
  if (code !== 0) {
    const said = output.trim().slice(0, 600);
    throw new Refusal(
      `mvn package failed: install maven and a JDK of 17 or later, and look whether Maven Central can be reached. It said: ${said}`,
    );
  }
  await rename(target, jars);
}
