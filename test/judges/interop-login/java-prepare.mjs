import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mavenJars } from "../maven.mjs";

const folderOf = (client) =>
  fileURLToPath(new URL(`../../../docs/interop/login-${client}/`, import.meta.url));

/**
 * Builds the clients in Java.
 * @param {string} home
 */
export default async function prepare(home) {
  return {
    KAZASU_LOGIN_NIMBUS: await mavenJars(folderOf("nimbus"), join(home, "nimbus")),
    KAZASU_LOGIN_SPRING: await mavenJars(folderOf("spring-security"), join(home, "spring-security")),
  };
}
