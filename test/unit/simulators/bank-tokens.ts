import { createHash, randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { calculateJwkThumbprint, createLocalJWKSet, EmbeddedJWK, type JSONWebKeySet, jwtVerify } from "jose";

/**
 * The metadata of an authorization server, and a token endpoint that checks the client's assertion and DPoP.
 * @param address of the server, once it listens
 */
export function serveTokens(server: FastifyInstance, address: () => string) {
  const tokens = new Map<string, string>();
  const proofs = new Set<string>();
  let clientJwks: JSONWebKeySet = { keys: [] };
  let issued = 0;

  server.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string" },
    (_request, body, done) => done(null, new URLSearchParams(body as string)),
  );

  async function checkProof(request: FastifyRequest, accessToken?: string): Promise<string> {
    const proof = request.headers["dpop"] as string;
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: "dpop+jwt",
      maxTokenAge: 60,
    });
    const path = request.url.split("?")[0];
    const ath = accessToken && createHash("sha256").update(accessToken).digest("base64url");
    const good =
      payload["htm"] === request.method &&
      payload["htu"] === `${address()}${path}` &&
      payload["ath"] === ath &&
      !proofs.has(payload.jti as string);
    if (!good || protectedHeader.jwk === undefined) throw new Error("the DPoP proof is wrong");
    proofs.add(payload.jti as string);
    return calculateJwkThumbprint(protectedHeader.jwk);
  }

  server.get("/openid/.well-known/openid-configuration", () => ({
    issuer: `${address()}/openid`,
    token_endpoint: `${address()}/openid/token`,
    jwks_uri: `${address()}/openid/jwks`,
    response_types_supported: [],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
    dpop_signing_alg_values_supported: ["ES256"],
  }));
  server.post("/openid/token", async (request) => {
    const form = request.body as URLSearchParams;
    await jwtVerify(form.get("client_assertion") ?? "", createLocalJWKSet(clientJwks), {
      issuer: "abc-bank",
      subject: "abc-bank",
      audience: `${address()}/openid`,
    });
    if (
      form.get("grant_type") !== "client_credentials" ||
      form.get("scope") !== "ssf attributes links transactions"
    )
      throw new Error("the token request is wrong");
    const thumbprint = await checkProof(request);
    const value = randomUUID();
    tokens.set(value, thumbprint);
    issued += 1;
    return {
      access_token: value,
      token_type: "DPoP",
      expires_in: 600,
      scope: "ssf attributes links transactions",
    };
  });

  return {
    get issued() {
      return issued;
    },
    register: (jwks: JSONWebKeySet) => {
      clientJwks = jwks;
    },
    /** Every token issued so far is refused. */
    revokeAll: () => tokens.clear(),
    /** Whether a request has a token that is bound to the key of its proof. */
    async accepts(request: FastifyRequest): Promise<boolean> {
      const token = /^DPoP (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
      const bound = tokens.get(token);
      return bound !== undefined && (await checkProof(request, token)) === bound;
    },
  };
}
