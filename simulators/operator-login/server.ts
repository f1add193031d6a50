import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair } from "jose";
import { isFromHere, notFromHere } from "../own-host.ts";
import { Provider } from "./library.ts";
import { memoryAdapter } from "./memory.ts";

export interface OperatorLoginOptions {
  port?: number;
  client: { id: string; secret: string; redirectUris: string[] };
  /** Roles by subject: everybody in it can log in, without a password. */
  operators: Record<string, string[]>;
}

export interface OperatorLogin {
  issuer: string;
  close(): Promise<void>;
}

const loginSeconds = 3_600;

/**
 * An OpenID provider for operators of the test setting, without authentication. The operator is chosen on a page, or by
 * `login_as` in the query of the interaction.
 */
export async function startOperatorLogin(options: OperatorLoginOptions): Promise<OperatorLogin> {
  const server = createServer();
  server.keepAliveTimeout = 0; // see http.ts
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { id, secret, redirectUris } = options.client;
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const provider = new Provider(issuer, {
    clients: [{ client_id: id, client_secret: secret, redirect_uris: redirectUris }],
    claims: { openid: ["sub", "roles"] },
    conformIdTokenClaims: false,
    adapter: memoryAdapter(),
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: "RS256", use: "sig" }] },
    cookies: { keys: [randomBytes(32).toString("base64url")] },
    ttl: {
      AccessToken: loginSeconds,
      AuthorizationCode: 60,
      Grant: loginSeconds,
      IdToken: loginSeconds,
      Interaction: loginSeconds,
      Session: loginSeconds,
    },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/operators/${uid}` },
    findAccount: (_context, accountId) => ({
      accountId,
      claims: () => ({ sub: accountId, roles: options.operators[accountId] ?? [] }),
    }),
    async loadExistingGrant({ oidc }) {
      const accountId = oidc.session?.accountId ?? oidc.result?.login?.accountId;
      if (accountId === undefined || !oidc.client) return undefined;
      const grant = new oidc.provider.Grant({ accountId, clientId: oidc.client.clientId });
      grant.addOIDCScope("openid");
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  server.on("request", (request, response) => {
    if (!isFromHere(request)) return void response.writeHead(403).end(notFromHere.message);
    const url = new URL(request.url ?? "/", issuer);
    if (!url.pathname.startsWith("/operators/")) return void answer(request, response);
    const accountId = url.searchParams.get("login_as");
    if (accountId === null || !Object.hasOwn(options.operators, accountId)) {
      response.setHeader("content-type", "text/html; charset=utf-8");
      response.end(choice(options.operators));
      return;
    }
    provider
      .interactionFinished(request, response, { login: { accountId, remember: false } })
      .catch(() => response.writeHead(400).end("This login has ended; start again at the console."));
  });
  return {
    issuer,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const choice = (
  operators: Record<string, string[]>,
): string => `<!doctype html><html lang="ja"><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>運用者の選択（シミュレーター）</title><h1>運用者の選択（シミュレーター）</h1>
<p lang="en">Who are you? Nobody here is real.</p><ul>${Object.entries(operators)
  .map(([name, roles]) => [encodeURIComponent(name), roles.map(encodeURIComponent).join(", ")])
  .map(([name, roles]) => `<li><a href="?login_as=${name}">${name}</a> (${roles})</li>`)
  .join("")}</ul></html>`;
