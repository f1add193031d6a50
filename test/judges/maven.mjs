import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename } from "node:fs/promises";
import { basename, join } from "node:path";
import { Refusal, step } from "../../bin/progress.mjs";
import { capture } from "../../bin/run.mjs";

/**
 * Builds a Maven project, once for each state of its sources: resolves to a folder below `home` with its jar and those it
 * needs. Its pom.xml builds into the property `target`.
 * @param {string} project its folder
 * @param {string} home
 */
export async function mavenJars(project, home) {
  const jars = join(home, await stateOfSources(project));
  if (!existsSync(jars)) await step(`${basename(home)}: mvn package`, () => build(project, home, jars));
  return jars;
}

async function stateOfSources(project) {
  const names = await readdir(join(project, "src"), { recursive: true, withFileTypes: true });
  const sources = names
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath ?? each.path, each.name));
  const hash = createHash("sha256");
  for (const path of [join(project, "pom.xml"), ...sources.toSorted()]) hash.update(await readFile(path));
  return hash.digest("hex").slice(0, 16);
}

async function build(project, home, jars) {
  await mkdir(home, { recursive: true });
  const unfinished = await mkdtemp(join(home, "unfinished-"));
  const target = join(unfinished, "target");
  const { code, output } = await capture("mvn", ["-q", "-B", `-Dtarget=${target}`, "package"], {
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
