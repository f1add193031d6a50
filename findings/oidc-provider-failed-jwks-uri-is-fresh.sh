#!/usr/bin/env bash
# oidc-provider 9.13.3 (npm), seen 2026-12-01 on Node 20.20.
#
# A client may publish its keys at a jwks_uri. When the address answers 503 once, with an error in JSON as many APIs do, one would
# expect the provider to ask again at the client's next request, as it does after an error in HTML. It parses the answer, notes
# it as fresh, and looks at the status last: for a minute (or for the max-age that came with the error) nothing is asked, and
# each assertion of the client is refused, although the address answers again.
#
#   503 in HTML first    the next assertion is accepted: the address was asked twice
#   503 in JSON first    the next assertion is refused: the address was asked once
#
# A provider that passes its own fetch can throw for a status other than 200.
#
# Source: ClientKeyStore.refresh in lib/models/client.js. Wants: bash, node, npm. Exits 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y >/dev/null
npm install --silent --no-audit --no-fund oidc-provider@9.13.3 jose@6.2.17 >&2
cat >token.mjs <<'JS'
import { createServer } from "node:http";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import Provider from "oidc-provider";

const { publicKey, privateKey } = await generateKeyPair("ES256");
const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: "one", alg: "ES256" }] });

async function withFirst(status, body) {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  let asked = 0;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "server",
        token_endpoint_auth_method: "private_key_jwt",
        grant_types: ["client_credentials"],
        response_types: [],
        redirect_uris: [],
        jwks_uri: "https://client.example/jwks",
      },
    ],
    clientAuthMethods: ["private_key_jwt"],
    enabledJWA: { clientAuthSigningAlgValues: ["ES256"] },
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    fetch: async () => ((asked += 1) === 1 ? new Response(body, { status }) : new Response(jwks)),
  });
  server.on("request", provider.callback());
  const ask = async () => {
    const assertion = await new SignJWT({})
      .setProtectedHeader({ alg: "ES256", kid: "one" })
      .setIssuer("server")
      .setSubject("server")
      .setAudience(issuer)
      .setJti(crypto.randomUUID())
      .setIssuedAt()
      .setExpirationTime("1m")
      .sign(privateKey);
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: assertion,
    });
    return (await fetch(`${issuer}/token`, { method: "POST", body: form })).status;
  };
  const [first, second] = [await ask(), await ask()];
  server.close();
  server.closeAllConnections();
  return `${first} ${second}, asked ${asked}`;
}

console.log(`HTML: ${await withFirst(503, "<html>")}`);
console.log(`JSON: ${await withFirst(503, '{"title":"busy"}')}`);
JS

seen=$(node --no-warnings token.mjs 2>/dev/null | grep -v NOTICE)
echo "$seen"
[ "$seen" = $'HTML: 401 200, asked 2\nJSON: 401 401, asked 1' ]
