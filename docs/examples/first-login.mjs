/**
 * A party's first login: a web page that logs people in with a client of the sandbox.
 * 相手先の最初のログイン：サンドボックスのクライアントで、人をログインさせるウェブページ。
 *
 *     node docs/examples/first-login.mjs SANDBOX [openid]
 *
 * SANDBOX is the address that `npx kazasu sandbox` prints. The issuer is `oidc` unless `openid` is given. It ends after one login.
 * SANDBOX は `npx kazasu sandbox` が表示するアドレス。発行者は、`openid` を付けなければ `oidc`。一度ログインすると終わる。
 */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { importJWK } from "jose";
import * as openid from "openid-client";

const [sandbox, issuerName = "oidc"] = process.argv.slice(2);
if (sandbox === undefined) throw new Error("Usage: node docs/examples/first-login.mjs SANDBOX [openid]");
const say = (text) => process.stdout.write(`${text}\n`);

// 1. What the sandbox has printed: the issuer, the client, its key, and where browsers return to.
//    サンドボックスが表示したもの：発行者、クライアント、その鍵、ブラウザーの戻り先。
const { issuers } = await (await fetch(new URL("/first", sandbox))).json();
const { issuer, clientId, keyFile, redirectUri } = issuers[issuerName];
const jwk = JSON.parse(await readFile(keyFile, "utf8"));
const key = { kid: jwk.kid, key: await importJWK(jwk, "ES256") };

// 2. Read the issuer's metadata. Both the client's key and, at `openid`, the tokens' key (DPoP) stay here.
//    発行者のメタデータを読む。クライアントの鍵も、`openid` でトークンを結び付ける鍵（DPoP）も、ここから出ない。
const isFapi = issuerName === "openid";
const metadata = { dpop_bound_access_tokens: isFapi };
const configuration = await openid.discovery(new URL(issuer), clientId, metadata, openid.PrivateKeyJwt(key), {
  execute: issuer.startsWith("http:") ? [openid.allowInsecureRequests] : [],
});
const DPoP = isFapi
  ? openid.getDPoPHandle(configuration, await openid.randomDPoPKeyPair("ES256"))
  : undefined;

// 3. Send the browser to the CA, with values that bind the answer to this browser. A real site keeps them in its session.
//    応答をこのブラウザーに結び付ける値を作り、ブラウザーを認証局へ送る。実際のサイトではセッションに保存する。
const pending = new Map();
async function begin(response) {
  const codeVerifier = openid.randomPKCECodeVerifier();
  const [state, nonce] = [openid.randomState(), openid.randomNonce()];
  pending.set(state, { codeVerifier, nonce });
  const request = {
    redirect_uri: redirectUri,
    scope: isFapi ? "openid" : "openid name address",
    code_challenge: await openid.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: "S256",
    state,
    nonce,
  };
  const to = isFapi
    ? await openid.buildAuthorizationUrlWithPAR(configuration, request, { DPoP })
    : openid.buildAuthorizationUrl(configuration, request);
  response.writeHead(302, { location: to.href }).end();
}

// 4. The browser is back: exchange the code, and read who it is.
//    ブラウザーが戻った。コードを引き換え、誰であるかを読む。
async function finish(url, response) {
  const { codeVerifier, nonce } = pending.get(url.searchParams.get("state")) ?? {};
  const checks = { pkceCodeVerifier: codeVerifier, expectedNonce: nonce };
  const expectedState = url.searchParams.get("state") ?? "";
  const tokens = await openid.authorizationCodeGrant(
    configuration,
    url,
    { ...checks, expectedState },
    {},
    { DPoP },
  );
  const { sub, acr } = tokens.claims();
  const about = await openid.fetchUserInfo(configuration, tokens.access_token, sub, { DPoP });
  say(`logged in: ${sub} (${acr})`);
  if (about.name) say(`name: ${about.name}`);
  response.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
  response.end(`Logged in. ログインしました。\n${JSON.stringify(about, undefined, 2)}\n`);
}

const { port, hostname, origin, pathname } = new URL(redirectUri);
const server = createServer((request, response) => void answer(new URL(request.url, origin), response));
async function answer(url, response) {
  try {
    if (url.pathname === "/") await begin(response);
    else if (url.pathname === pathname) {
      await finish(url, response);
      server.close();
      server.closeIdleConnections();
    } else response.writeHead(404).end();
  } catch (error) {
    // The person declined, or something does not fit: openid-client says what.
    // 本人が断ったか、何かが合わない。openid-client の例外に理由がある。
    say(`not logged in: ${error.error ?? error.code ?? ""} ${error.error_description ?? error.message}`);
    response.writeHead(403, { "content-type": "text/plain; charset=utf-8" });
    response.end(`Not logged in. ログインできませんでした。 ${error.error ?? error.message}\n`);
  }
}
server.listen(Number(port), hostname, () => say(`open ${origin}/ in a browser`));
