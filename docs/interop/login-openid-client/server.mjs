import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { importJWK } from "jose";
import * as openid from "openid-client";

const { ISSUER, CLIENT_ID, CLIENT_KEY, PORT } = process.env;
const origin = `http://127.0.0.1:${PORT}`;
const jwk = JSON.parse(await readFile(CLIENT_KEY, "utf8"));
const kazasu = await openid.discovery(
  new URL(ISSUER),
  CLIENT_ID,
  undefined,
  openid.PrivateKeyJwt({ key: await importJWK(jwk, "ES256"), kid: jwk.kid }),
  // Plain http is for the loopback interface of a test alone.
  { execute: ISSUER.startsWith("http://127.0.0.1") ? [openid.allowInsecureRequests] : [] },
);

/** Logins that were begun, by the cookie of their browser. */
const begun = new Map();

async function begin(response) {
  const [cookie, pkceCodeVerifier] = [randomUUID(), openid.randomPKCECodeVerifier()];
  const [expectedState, expectedNonce] = [openid.randomState(), openid.randomNonce()];
  begun.set(cookie, { pkceCodeVerifier, expectedState, expectedNonce });
  const location = openid.buildAuthorizationUrl(kazasu, {
    redirect_uri: `${origin}/callback`,
    scope: "openid name address birthdate gender",
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
    nonce: expectedNonce,
  });
  const headers = {
    location: location.href,
    "set-cookie": `login=${cookie}; Path=/; HttpOnly; SameSite=Lax`,
  };
  response.writeHead(302, headers).end();
}

async function finish(request, response) {
  const cookie = /(?:^|; )login=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
  const checks = begun.get(cookie);
  begun.delete(cookie);
  if (checks === undefined) return void response.writeHead(400).end("This browser has begun no login.\n");
  const tokens = await openid.authorizationCodeGrant(kazasu, new URL(request.url, origin), checks);
  const { sub } = tokens.claims();
  const userinfo = await openid.fetchUserInfo(kazasu, tokens.access_token, sub);
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ sub, userinfo }));
}

createServer((request, response) => {
  const { pathname } = new URL(request.url, origin);
  const answered =
    pathname === "/" ? begin(response) : pathname === "/callback" ? finish(request, response) : undefined;
  if (answered === undefined) return void response.writeHead(404).end();
  answered.catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    response.writeHead(500).end("The login failed.\n");
  });
}).listen(Number(PORT), "127.0.0.1", () => process.stdout.write(`open ${origin}/\n`));
