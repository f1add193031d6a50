import { join } from "node:path";
import { judgeLogins } from "./judging.ts";

/** Nimbus oauth2-oidc-sdk 11 and Spring Security 7 (Maven Central). */

const nimbus = process.env["KAZASU_LOGIN_NIMBUS"] ?? "";
const spring = process.env["KAZASU_LOGIN_SPRING"] ?? "";

judgeLogins([
  {
    name: "nimbus",
    callback: "/callback",
    comparesIssuer: true,
    command: () => ({
      program: "java",
      args: [
        "-Xmx128m",
        "-cp",
        `${join(nimbus, "login.jar")}:${join(nimbus, "dependency/*")}`,
        "party.Login",
      ],
      ready: /^open http/m,
    }),
  },
  {
    name: "spring-security",
    callback: "/login/oauth2/code/kazasu",
    comparesIssuer: false,
    command: () => ({
      program: "java",
      args: ["-Xmx256m", "-jar", join(spring, "login.jar")],
      ready: /Started Login in/,
    }),
  },
]);
