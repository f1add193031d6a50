import { createHash, randomBytes } from "node:crypto";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "./browser.ts";
import { judgeLogins, type Learned } from "./judging.ts";

/** Keycloak (Maven Central) as an identity broker: an app of the bank logs in at Keycloak, which asks kazasu. */

const home = process.env["KAZASU_LOGIN_KEYCLOAK"] ?? "";
const realm = "/realms/bank";
const app = { client_id: "bank-web", path: "/bank-web", verifier: randomBytes(32).toString("base64url") };

/** What the app reads at Keycloak's UserInfo: the person's attributes there, each under its name. */
type Attributes = Partial<Record<"pseudonym" | "fullName" | "address" | "birthdate" | "gender", string>>;

judgeLogins([
  {
    name: "keycloak",
    callback: `${realm}/broker/kazasu/endpoint`,
    comparesIssuer: false,
    keys: `${realm}/protocol/openid-connect/certs`,
    async command() {
      const imports = join(home, "data/import");
      await mkdir(imports, { recursive: true });
      await copyFile(
        fileURLToPath(new URL("../../../docs/interop/login-keycloak/bank-realm.json", import.meta.url)),
        join(imports, "bank-realm.json"),
      );
      return {
        program: join(home, "bin/kc.sh"),
        args: ["start", "--optimized", "--import-realm"],
        env: {
          JAVA_OPTS_KC_HEAP: "-Xms64m -Xmx512m",
          KC_HTTP_ENABLED: "true",
          KC_HTTP_HOST: "127.0.0.1",
          KC_HOSTNAME_STRICT: "false",
        },
        ready: /Listening on:/,
      };
    },
    settings: (port) => ({ KC_HTTP_PORT: String(port) }),
    start: (origin) => {
      const asked = new URLSearchParams({
        client_id: app.client_id,
        redirect_uri: `${origin}${app.path}`,
        response_type: "code",
        scope: "openid",
        kc_idp_hint: "kazasu",
        code_challenge: createHash("sha256").update(app.verifier).digest("base64url"),
        code_challenge_method: "S256",
      });
      return `${origin}${realm}/protocol/openid-connect/auth?${asked.toString()}`;
    },
    learned: async (page, _browser, origin) => learnedOf(await userInfoOf(page, origin)),
  },
]);

/** The app's own half of its login at Keycloak. */
async function userInfoOf(page: Page, origin: string): Promise<{ kazasu?: Attributes }> {
  const end = new URL(page.url);
  const code = end.searchParams.get("code");
  if (end.pathname !== app.path || code === null)
    throw new Error(`Keycloak shows ${end.pathname}: ${page.text}`);
  const endpoint = `${origin}${realm}/protocol/openid-connect`;
  const tokens = await fetch(`${endpoint}/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: app.client_id,
      redirect_uri: `${origin}${app.path}`,
      code,
      code_verifier: app.verifier,
    }),
  });
  const { access_token: token } = (await tokens.json()) as { access_token: string };
  const answer = await fetch(`${endpoint}/userinfo`, { headers: { authorization: `Bearer ${token}` } });
  return (await answer.json()) as { kazasu?: Attributes };
}

function learnedOf({ kazasu = {} }: { kazasu?: Attributes }): Learned {
  const { pseudonym: sub = "", fullName: name, address, ...others } = kazasu;
  const given = { ...(name ? { name } : {}), ...(address ? { address: { formatted: address } } : {}) };
  return { sub, userinfo: { sub, ...given, ...others } };
}
