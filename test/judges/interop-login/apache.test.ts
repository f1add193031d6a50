import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "@jest/globals";
import { judgeLogins } from "./judging.ts";

/** mod_auth_openidc: Debian's, or a newer one at KAZASU_MOD_AUTH_OPENIDC. */

const module = process.env["KAZASU_MOD_AUTH_OPENIDC"] ?? "/usr/lib/apache2/modules/mod_auth_openidc.so";
const protectedPage = "For customers alone.\n";

judgeLogins([
  {
    name: "mod-auth-openidc",
    callback: "/callback",
    comparesIssuer: true,
    keys: "/callback?jwks=rsa",
    async command(folder) {
      // The server reads the keys as root, and pages as www-data.
      await chmod(folder, 0o755);
      await writeFile(join(folder, "index.html"), protectedPage);
      return {
        program: "/usr/sbin/apache2",
        args: [
          "-f",
          fileURLToPath(new URL("../../../docs/interop/login-mod-auth-openidc/httpd.conf", import.meta.url)),
          "-DFOREGROUND",
        ],
        env: { MODULE: module },
        ready: /resuming normal operations/,
      };
    },
    async learned(page, browser, origin) {
      expect(page).toMatchObject({ url: `${origin}/`, text: protectedPage });
      const { text } = await browser.open(`${origin}/callback?info=json`);
      const { id_token: idToken, userinfo } = JSON.parse(text) as {
        id_token: { sub: string };
        userinfo: Record<string, unknown>;
      };
      return { sub: idToken.sub, userinfo };
    },
  },
]);
