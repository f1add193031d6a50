import { randomBytes } from "node:crypto";
import { join } from "node:path";
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
} from "jose";
import { DurableFile, readJson } from "../durable-file.ts";

/** The party's secrets, and their public keys. */
export interface Secrets {
  /** Signs the party's client assertions (private_key_jwt, RFC 7523). */
  clientKey: { key: CryptoKey; kid: string };
  /** Registered by the CA's operator, and published at `GET /jwks.json`. */
  publicJwks: JSONWebKeySet;
  /** The `authorization` header of events pushed to us (Shared Signals Framework 1.0, stream configuration). */
  pushAuthorization: string;
}

interface Stored {
  clientKey: JWK;
  pushAuthorization: string;
}

/** Reads a party's secrets from `directory` (one file, mode 0600), or creates them. Default: in memory. */
export async function loadSecrets(directory: string | undefined): Promise<Secrets> {
  const path = directory === undefined ? undefined : join(directory, "secrets.json");
  const kept = path === undefined ? undefined : await readJson<Stored>(path);
  const stored = kept ?? (await makeSecrets());
  if (path !== undefined && !kept) await new DurableFile(path, () => stored).save();
  const { kty = "", crv = "", x = "", y = "" } = stored.clientKey;
  const kid = await calculateJwkThumbprint(stored.clientKey);
  return {
    clientKey: { key: (await importJWK(stored.clientKey, "ES256")) as CryptoKey, kid },
    publicJwks: { keys: [{ kty, crv, x, y, alg: "ES256", use: "sig", kid }] },
    pushAuthorization: stored.pushAuthorization,
  };
}

async function makeSecrets(): Promise<Stored> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  return {
    clientKey: await exportJWK(privateKey),
    pushAuthorization: `Bearer ${randomBytes(32).toString("base64url")}`,
  };
}
