#!/usr/bin/env bash
# oidc-provider 9.13.3 (npm), seen 2026-12-01 on Node 20.20.
#
# A claims parameter may request verified_claims as a list (OpenID Connect for Identity Assurance 1.0, section 5.6). By default
# the library refuses it: "claims.userinfo members must be null or objects". Its hook assertClaimsParameter is there to decide
# otherwise. One would expect that a list which the hook accepts is answered like an object. It is accepted, passed to the
# account, and then dropped from the answer, without an error or a line in the log: the library counts only requests that are
# null or an object.
#
#   "verified_claims": {...}      UserInfo has verified_claims
#   "verified_claims": [{...}]    UserInfo has sub alone
#
# Source: requestParamClaims in lib/helpers/oidc_context.js and result() in lib/helpers/claims.js. Wants: bash, node, npm.
# Exits 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y >/dev/null
npm install --silent --no-audit --no-fund oidc-provider@9.13.3 >&2
cat >login.mjs <<'JS'
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const server = createServer();
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
const redirectUri = `${issuer}/callback`;
const answer = { verification: { trust_framework: "example" }, claims: { given_name: "Hanako" } };
const provider = new Provider(issuer, {
  clients: [{ client_id: "site", token_endpoint_auth_method: "none", redirect_uris: [redirectUri] }],
  claims: { openid: ["sub"], verified_claims: null },
  features: {
    claimsParameter: { enabled: true, assertClaimsParameter: async () => {} },
    devInteractions: { enabled: false },
  },
  findAccount: (_context, sub) => ({
    accountId: sub,
    claims: async () => ({ sub, verified_claims: answer }),
  }),
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({ accountId: "hanako", clientId: "site" });
    grant.addOIDCScope("openid");
    grant.addOIDCClaims(["verified_claims"]);
    await grant.save();
    return grant;
  },
});
const handle = provider.callback();
server.on("request", (request, response) => {
  if (!request.url.startsWith("/interaction/")) return handle(request, response);
  void provider.interactionFinished(request, response, { login: { accountId: "hanako" } });
});

async function userInfo(requested) {
  const cookies = new Map();
  const verifier = randomBytes(32).toString("base64url");
  const query = new URLSearchParams({
    client_id: "site",
    response_type: "code",
    scope: "openid",
    redirect_uri: redirectUri,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    claims: JSON.stringify({ userinfo: { verified_claims: requested } }),
  });
  let at = `${issuer}/auth?${query}`;
  while (!at.startsWith(redirectUri)) {
    const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
    const step = await fetch(at, { redirect: "manual", headers: { cookie } });
    for (const set of step.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set);
      cookies.set(name, value);
    }
    at = new URL(step.headers.get("location"), at).href;
  }
  const code = new URL(at).searchParams.get("code");
  if (code === null) throw new Error(`refused: ${at}`);
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    client_id: "site",
    redirect_uri: redirectUri,
    code,
    code_verifier: verifier,
  });
  const { access_token: token } = await (await fetch(`${issuer}/token`, { method: "POST", body })).json();
  return (await fetch(`${issuer}/me`, { headers: { authorization: `Bearer ${token}` } })).json();
}

const one = { verification: { trust_framework: null }, claims: { given_name: null } };
console.log(`object ${Object.keys(await userInfo(one))}`);
console.log(`list ${Object.keys(await userInfo([one]))}`);
server.close();
server.closeAllConnections();
JS

seen=$(node --no-warnings login.mjs 2>/dev/null | grep -v NOTICE)
echo "$seen"
[ "$seen" = $'object sub,verified_claims\nlist sub' ]
