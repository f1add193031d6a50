import { fileURLToPath } from "node:url";
import { mavenJars } from "../maven.mjs";

/**
 * Builds the samples of docs/interop/java.
 * @param {string} home
 */
export default async function prepare(home) {
  const project = fileURLToPath(new URL("../../../docs/interop/java/", import.meta.url));
  return { KAZASU_INTEROP_JAVA: await mavenJars(project, home) };
}
