/**
 * A party's first program: registers with the sandbox, makes a stream, polls it, fetches what changed and acknowledges it.
 * 相手先の最初のプログラム：サンドボックスに登録し、ストリームを作ってポーリングし、変わった属性を取得して、反映を報告する。
 *
 *     node docs/examples/my-bank.mjs SANDBOX GATEWAY
 *
 * Both addresses are those that `npx kazasu sandbox` prints. It ends after the first change that it has applied.
 * どちらも `npx kazasu sandbox` が表示するアドレス。最初の変更を受け取ると終わる。
 */
import { verifySet } from "@kazasu/relying-party";
import { createRemoteJWKSet, exportJWK, generateKeyPair } from "jose";
import * as openid from "openid-client";

const [sandbox, gateway] = process.argv.slice(2);
if (gateway === undefined) throw new Error("Usage: node docs/examples/my-bank.mjs SANDBOX GATEWAY");
const party = "my-bank";
const say = (text) => process.stdout.write(`${text}\n`);

// 1. Register, with the client's public key. Elsewhere the CA's operator does it, with `kazasu party add`.
//    クライアントの公開鍵を添えて登録する。本番では認証局の運用者が `kazasu party add` で行う。
const { publicKey, privateKey } = await generateKeyPair("ES256");
const key = { kid: "my-bank-1", alg: "ES256", ...(await exportJWK(publicKey)) };
await registered({ id: party, name: { ja: "私の銀行", en: "My Bank" }, jwks: { keys: [key] } });

// 2. Read the CA's metadata, and get a token bound to a key of this process (DPoP).
//    認証局の設定文書を読み、このプロセスの鍵に結び付いたトークンを得る（DPoP）。
const issuer = `${gateway}/openid`;
const configuration = await openid.discovery(
  new URL(issuer),
  party,
  { dpop_bound_access_tokens: true },
  openid.PrivateKeyJwt({ kid: key.kid, key: privateKey }),
  { execute: issuer.startsWith("http:") ? [openid.allowInsecureRequests] : [] },
);
const DPoP = openid.getDPoPHandle(configuration, await openid.randomDPoPKeyPair("ES256"));
const token = async () =>
  (await openid.clientCredentialsGrant(configuration, { scope: "ssf attributes" }, { DPoP })).access_token;

// 3. One stream, to be polled: on your own machine no push can reach you.
//    ストリームを一つ作る。手元のマシンにはプッシュが届かないので、ポーリングにする。
const [
  stream = await call("POST", "/ssf/streams", {
    delivery: { method: "urn:ietf:rfc:8936" },
    events_requested: ["urn:kazasu:event:attributes-changed"],
  }),
] = await call("GET", "/ssf/streams");
say(`stream ${stream.stream_id}: waiting for a change`);

// 4. Poll, verify, fetch the values with the party's own token, store them, acknowledge.
//    ポーリングし、検証し、自分のトークンで値を取得して台帳に書き、反映を報告する。
const jwks = createRemoteJWKSet(new URL(`${gateway}/jwks.json`));
let isApplied = false;
while (!isApplied) {
  const { sets } = await call("POST", new URL(stream.delivery.endpoint_url).pathname, {});
  for (const [jti, set] of Object.entries(sets)) {
    const event = await verifySet(set, { jwks, issuer: stream.iss, audience: stream.aud });
    if (event.type === "attributes-changed") await applied(event);
    await call("POST", new URL(stream.delivery.endpoint_url).pathname, {
      ack: [jti],
      returnImmediately: true,
    });
  }
}

async function applied({ consentId, attributes }) {
  const now = await call("GET", `/v1/attributes?consent=${consentId}`);
  for (const name of attributes) say(`${now.sub}: ${name} is now ${now.attributes[name]}`);
  await call("POST", "/v1/acknowledgements", {
    consentId,
    anchorVersion: now.anchorVersion,
    outcome: "applied",
  });
  isApplied = true;
}

async function registered(asked) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${sandbox}/parties`, { method: "POST", headers, body: JSON.stringify(asked) });
  if (!answer.ok) throw new Error(await answer.text());
}

/** A request with a fresh token; a refusal is an RFC 9457 problem. 拒否は RFC 9457 の問題詳細で返る。 */
async function call(method, path, body) {
  const headers = new Headers(body ? { "content-type": "application/json" } : {});
  const text = body && JSON.stringify(body);
  const url = new URL(path, gateway);
  const answer = await openid.fetchProtectedResource(
    configuration,
    await token(),
    url,
    method,
    text,
    headers,
    {
      DPoP,
    },
  );
  if (!answer.ok) throw new Error(await answer.text());
  return answer.status === 202 || answer.status === 204 ? {} : answer.json();
}
