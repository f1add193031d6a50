import { fileURLToPath } from "node:url";
import { pythonPrograms } from "../venv.mjs";

const requirements = fileURLToPath(
  new URL("../../../docs/interop/login-authlib/requirements.txt", import.meta.url),
);

/**
 * Installs Authlib, at the versions of requirements.txt. openid-client is among the clone's own packages.
 * @param {string} home
 */
export default async function prepare(home) {
  return { KAZASU_LOGIN_AUTHLIB: await pythonPrograms("Authlib", requirements, home) };
}
