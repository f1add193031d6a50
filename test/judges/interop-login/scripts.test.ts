import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { judgeLogins } from "./judging.ts";

/** openid-client 6 (npm) and Authlib (PyPI). */

judgeLogins([
  {
    name: "openid-client",
    callback: "/callback",
    comparesIssuer: true,
    command: () => ({
      program: process.execPath,
      args: [fileURLToPath(new URL("../../../docs/interop/login-openid-client/server.mjs", import.meta.url))],
      ready: /^open http/m,
    }),
  },
  {
    name: "authlib",
    callback: "/callback",
    comparesIssuer: false,
    command: () => ({
      program: join(process.env["KAZASU_LOGIN_AUTHLIB"] ?? "", "python"),
      args: [fileURLToPath(new URL("../../../docs/interop/login-authlib/server.py", import.meta.url))],
      ready: /Running on http/,
    }),
  },
]);
