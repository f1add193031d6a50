import { fileURLToPath } from "node:url";
import { mavenJars } from "../maven.mjs";

/**
 * Builds the judges that run in a Java machine.
 * @param {string} home
 */
export default async function prepare(home) {
  return { KAZASU_JAVA_JUDGES: await mavenJars(fileURLToPath(new URL(".", import.meta.url)), home) };
}
