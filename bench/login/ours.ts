import { createPrivateKey, randomBytes, sign } from "node:crypto";
import type { AddressInfo } from "node:net";
import Fastify, { type FastifyInstance } from "fastify";
import { exportJWK, generateKeyPair } from "jose";
import type { Pool } from "pg";
import { Gateway } from "../../client/app/gateway.ts";
import { loginRoutes } from "../../gateway/login/routes.ts";
import { oidcIssuer } from "../../gateway/openid/oidc-issuer.ts";
import { openIdIssuer } from "../../gateway/openid/openid-issuer.ts";
import { issuerRoutes } from "../../gateway/openid/routes.ts";
import type { TokenKey } from "../../gateway/openid/signing-key.ts";
import { loginAnswerRoutes } from "../../gateway/routes/logins.ts";
import { useSecurityHeaders } from "../../gateway/security-headers.ts";
import { type IssuerName, issuerUrl } from "../../protocol/issuer.ts";
import { registerPartyClient } from "../../registry/party/clients.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { issuer, partyId } from "../notification/people.ts";
import { redirectUri, type Site } from "./site.ts";

/** The gateway's part of a login on a real registry: the provider, the page, the phone's endpoints. */
export async function startOurs(
  pool: Pool,
  sealer: Sealer,
  site: Site,
  issuerName: IssuerName,
): Promise<{ issuer: string; gateway: Gateway; close: () => Promise<void> }> {
  await registerPartyClient(pool, {
    id: site.clientId,
    partyId,
    issuer: issuerName,
    idTokenAlg: "ES256",
    jwks: { keys: [site.publicJwk] },
    redirectUris: [redirectUri],
  });
  const key = await tokenKey();
  const server = Fastify() as unknown as FastifyInstance;
  let publicUrl = "";
  const deps = {
    pool,
    sealer,
    issuer,
    clock: () => new Date(),
    secret: randomBytes(32),
    tokenKeys: [key],
    oidcKeys: [key],
    pushLogin: async () => {},
    fetchOutside: async () => new Response(null, { status: 204 }),
    readCard: async () => {
      throw new Error("No card is tapped here.");
    },
    cardQuestionsPerHour: 30,
    log: { warn: () => {}, error: () => {} },
    explains: false,
  };
  // The URL must be known before the provider is created, because its metadata contains it.
  const port = await freePort();
  publicUrl = `http://127.0.0.1:${port}`;
  const provider = (issuerName === "openid" ? openIdIssuer : oidcIssuer)({ ...deps, publicUrl });
  await useSecurityHeaders(server, publicUrl);
  issuerRoutes(server, { issuerName, provider, publicUrl });
  loginRoutes(server, { ...deps, issuerName, provider, publicUrl });
  loginAnswerRoutes(server, { ...deps, provider, publicUrl });
  await server.listen({ host: "127.0.0.1", port });
  return {
    issuer: issuerUrl(publicUrl, issuerName),
    gateway: new Gateway(publicUrl),
    close: () => server.close(),
  };
}

async function freePort(): Promise<number> {
  const probe = Fastify();
  await probe.listen({ host: "127.0.0.1", port: 0 });
  const { port } = probe.server.address() as AddressInfo;
  await probe.close();
  return port;
}

async function tokenKey(): Promise<TokenKey> {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const key = createPrivateKey({ key: { ...(await exportJWK(privateKey)) }, format: "jwk" });
  return {
    kid: "tokens",
    alg: "ES256",
    publicJwk: { ...(await exportJWK(publicKey)), kid: "tokens", alg: "ES256", use: "sig" },
    sign: async (data) => sign("sha256", data, { key, dsaEncoding: "ieee-p1363" }),
  };
}
