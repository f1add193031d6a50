import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair } from "jose";
import { clientCredentialsGrant, getDPoPHandle } from "openid-client";
import type { PartyCaller } from "./party-caller.ts";
import { type PartyGateway, startPartyGateway } from "./party-gateway.ts";

let gateway: PartyGateway;
let party: PartyCaller;

beforeAll(async () => {
  gateway = await startPartyGateway();
  party = await gateway.party();
});
afterAll(async () => {
  await gateway?.close();
});

/** A request to the token endpoint that proves no client, or not well. */
async function ask(more: Record<string, string>) {
  const response = await fetch(`${gateway.url}/openid/token`, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "client_credentials", scope: "ssf", ...more }),
  });
  return { status: response.status, ...((await response.json()) as object) };
}

describe("metadata", () => {
  test.each(["/openid/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/openid"])(
    "ok/%s: three grants, private_key_jwt, bound tokens, and nothing else",
    async (path) => {
      const metadata = (await (await fetch(`${gateway.url}${path}`)).json()) as Record<string, unknown>;
      expect(metadata).toMatchObject({
        issuer: `${gateway.url}/openid`,
        token_endpoint: `${gateway.url}/openid/token`,
        jwks_uri: `${gateway.url}/openid/jwks`,
        grant_types_supported: [
          "authorization_code",
          "client_credentials",
          "urn:openid:params:grant-type:ciba",
        ],
        token_endpoint_auth_methods_supported: ["private_key_jwt"],
        dpop_signing_alg_values_supported: ["ES256"],
      });
      for (const absent of ["registration_endpoint", "introspection_endpoint", "end_session_endpoint"])
        expect(metadata).not.toHaveProperty(absent);
    },
  );

  test("ok/its keys are public ones", async () => {
    const { keys } = (await (await fetch(`${gateway.url}/openid/jwks`)).json()) as { keys: object[] };
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatchObject({ kid: "tokens", kty: "EC" });
    expect(keys[0]).not.toHaveProperty("d");
  });

  test.each(["/openid/device/auth", "/openid/reg", "/openid/token/introspection", "/openid/session/end"])(
    "fail/%s is not there",
    async (path) => {
      for (const method of ["GET", "POST"])
        expect((await fetch(`${gateway.url}${path}`, { method })).status).toBe(404);
    },
  );
});

/** Cases of clocks that are off: `id`, `what` and what is `right`. */
const cases = JSON.parse(readFileSync(join(import.meta.dirname, "cases/token-times.json"), "utf8")) as {
  id: string;
  what: string;
  right: string;
}[];

describe("clocks that are off", () => {
  const ahead = (seconds: number) => ({ claims: { iat: Math.floor(Date.now() / 1_000) + seconds } });
  const withProof = async (seconds: number) =>
    party.ask(await party.proof("POST", `${gateway.url}/openid/token`, "", ahead(seconds)));
  const withAssertion = async (claims: Record<string, unknown>) =>
    party.ask(undefined, { client_assertion: await party.assertion({ claims }) });
  const rows: Record<string, () => Promise<Record<string, unknown>>> = {
    t1: () => withAssertion(ahead(120).claims),
    t2: () => withAssertion(ahead(10).claims),
    t3: () => withProof(130),
    t4: () => withProof(10),
    t5: () => withProof(-200),
    t6: () => party.ask(null),
  };

  test.each(cases)("$id: $what: $right", async ({ id, right }) => {
    const answer = await rows[id]!();
    if (right === "token") expect(answer).toMatchObject({ status: 200, access_token: expect.any(String) });
    else {
      const error = id === "t1" ? "invalid_client" : "invalid_dpop_proof";
      expect(answer).toMatchObject({ status: error === "invalid_client" ? 401 : 400, error });
    }
  });

  test("ok/nbf ten seconds ahead, as FAPI 2.0 wants it, and an assertion without iat", async () => {
    const nbf = Math.floor(Date.now() / 1_000);
    expect(await withAssertion({ nbf: nbf + 10 })).toMatchObject({ status: 200 });
    expect(await withAssertion({ iat: undefined })).toMatchObject({ status: 200 });
  });

  test("fail/nbf a minute ahead, an invalid iat, a proof without iat", async () => {
    const nbf = Math.floor(Date.now() / 1_000) + 65;
    for (const claims of [{ nbf }, { iat: "now" }])
      expect(await withAssertion(claims)).toMatchObject({ error: "invalid_client" });
    const proof = await party.proof("POST", `${gateway.url}/openid/token`, "", {
      claims: { iat: undefined },
    });
    expect(await party.ask(proof)).toMatchObject({ error: "invalid_dpop_proof" });
    expect(await party.ask("no proof")).toMatchObject({ error: "invalid_dpop_proof" });
  });
});

describe("a token", () => {
  test("ok/ten minutes, for this gateway, with the scopes asked for, bound to the sender's key", async () => {
    const token = await party.token("ssf");
    const thumbprint = await calculateJwkThumbprint(await exportJWK((await party.dpop).publicKey));
    const claims = decodeJwt(token);
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: "ES256", typ: "at+jwt", kid: "tokens" });
    expect(claims).toMatchObject({
      iss: `${gateway.url}/openid`,
      aud: gateway.url,
      client_id: party.clientId,
      scope: "ssf",
      cnf: { jkt: thumbprint },
    });
    expect(claims.exp! - claims.iat!).toBe(600);
  });

  test("ok/forwarding headers change nothing", async () => {
    const response = await fetch(`${gateway.url}/openid/.well-known/openid-configuration`, {
      headers: { "x-forwarded-host": "evil.example", "x-forwarded-proto": "https" },
    });
    expect(JSON.stringify(await response.json())).not.toContain("evil");
  });

  test("fail/without a proof of the sender's key, or with one for another address", async () => {
    const configuration = await party.discover();
    await expect(clientCredentialsGrant(configuration, { scope: "ssf" })).rejects.toHaveProperty(
      "error",
      "invalid_dpop_proof",
    );
    const elsewhere = await party.proof("POST", `${gateway.url}/openid/elsewhere`, "");
    expect(await party.ask(elsewhere)).toMatchObject({ status: 400, error: "invalid_dpop_proof" });
  });

  test("fail/an unregistered client, and one that signs with another key", async () => {
    const { privateKey } = await generateKeyPair("ES256");
    for (const clientId of [party.clientId, "nobody"]) {
      const client_assertion = await party.assertion({ clientId, privateKey });
      expect(await party.ask(undefined, { client_assertion })).toMatchObject({
        status: 401,
        error: "invalid_client",
      });
    }
  });

  test("fail/no assertion: a client id alone, or a secret", async () => {
    expect(await ask({ client_id: party.clientId })).toMatchObject({ error: "invalid_client" });
    expect(await ask({ client_id: party.clientId, client_secret: "secret" })).toMatchObject({
      error: "invalid_client",
    });
  });

  test("fail/other scopes, other resources and other grants are refused", async () => {
    const configuration = await party.discover();
    const options = { DPoP: getDPoPHandle(configuration, await party.dpop) };
    await expect(clientCredentialsGrant(configuration, { scope: "admin" }, options)).rejects.toHaveProperty(
      "error",
      "invalid_scope",
    );
    const resource = "https://other.example";
    await expect(
      clientCredentialsGrant(configuration, { scope: "ssf", resource }, options),
    ).rejects.toHaveProperty("error", "invalid_target");
    expect(await party.ask(undefined, { grant_type: "password" })).toMatchObject({
      error: "unsupported_grant_type",
    });
  });

  test("fail/an assertion a second time, and a proof a second time", async () => {
    const address = `${gateway.url}/openid/token`;
    const client_assertion = await party.assertion();
    const proof = await party.proof("POST", address, "");
    expect(await party.ask(proof, { client_assertion })).toMatchObject({ status: 200 });
    const another = await party.proof("POST", address, "");
    expect(await party.ask(another, { client_assertion })).toMatchObject({ error: "invalid_client" });
    expect(await party.ask(proof)).toMatchObject({ status: 400, error: "invalid_dpop_proof" });
  });

  test("fail/a body that is no form, or far too long", async () => {
    const address = `${gateway.url}/openid/token`;
    const json = await fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect(json.status).toBe(400);
    const long = await fetch(address, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: `scope=${"a".repeat(400_000)}`,
    });
    expect(long.status).toBeGreaterThanOrEqual(400);
    expect(long.status).toBeLessThan(500);
  });

  test("ok/the request after one that was far too long, sent at once on the same connection, is answered", async () => {
    const { host, hostname, port } = new URL(gateway.url);
    const body = `scope=${"a".repeat(4_000_000)}`;
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /openid/token HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/x-www-form-urlencoded\r\n` +
        `Content-Length: ${body.length}\r\n\r\n${body}` +
        `GET /openid/jwks HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    );
    let answers = "";
    socket.on("data", (chunk: Buffer) => (answers += chunk.toString()));
    await once(socket, "close");
    expect(answers).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answers).toContain("HTTP/1.1 200 OK");
    expect(answers).toContain('"keys":');
  });
});
