import { join } from "node:path";
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";
import { z } from "zod";
import { DurableFile, readJson } from "../durable-file.ts";
import { listen, makeServer } from "../http.ts";

export interface AttesterOptions {
  /** Folder of the key. Default: in memory. */
  directory?: string | undefined;
  /** Default 127.0.0.1. */
  host?: string | undefined;
  /** Default 0: any free port. */
  port?: number | undefined;
}

/** Body of `POST /statement`: digest of the key to attest, its nonce, and the requesting app. */
const statementRequest = z.strictObject({
  spkiSha256: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  nonce: z.string().regex(/^[\x21-\x7e]{1,256}$/),
  app: z.string().regex(/^[\x21-\x7e]{1,128}$/),
});

const bodyLimit = 4 * 1_024;

/**
 * Starts an attester that accepts every app: it stands in for the attestation of real phones.
 *
 * Its statements are JWS (ES256, `typ` simulated-attestation+jwt) over spkiSha256, nonce, app and iat, under the key of `GET
 * /jwks.json`.
 */
export async function startAttester(
  options: AttesterOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  const { privateJwk, publicJwk } = await loadKey(options.directory);
  const key = (await importJWK(privateJwk, "ES256")) as CryptoKey;
  const server = makeServer(bodyLimit);
  server.get("/jwks.json", () => ({ keys: [publicJwk] }));
  server.post("/statement", async (request) => {
    const claims = statementRequest.parse(request.body);
    const statement = await new SignJWT(claims)
      .setProtectedHeader({ alg: "ES256", typ: "simulated-attestation+jwt", kid: publicJwk.kid ?? "" })
      .setIssuedAt()
      .sign(key);
    return { format: "simulated", statement };
  });
  const url = await listen(server, options);
  return { url, close: () => server.close() };
}

async function loadKey(directory: string | undefined): Promise<{ privateJwk: JWK; publicJwk: JWK }> {
  const path = directory === undefined ? undefined : join(directory, "attester-key.json");
  const stored = path === undefined ? undefined : await readJson<JWK>(path);
  const privateJwk = stored ?? (await makeKey());
  if (path !== undefined && !stored) await new DurableFile(path, () => privateJwk).save();
  const { kty = "", crv = "", x = "", y = "" } = privateJwk;
  const publicJwk: JWK = { kty, crv, x, y, alg: "ES256", use: "sig", kid: "simulated-attester" };
  return { privateJwk, publicJwk };
}

async function makeKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  return exportJWK(privateKey);
}
