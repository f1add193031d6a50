import { createPublicKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { calculateJwkThumbprint, type JWK } from "jose";
import type { TokenKey } from "../gateway/openid/signing-key.ts";
import type { GeneratingKeyStore } from "../pki/key-store/key-store.ts";
import { openPkcs11KeyStore } from "../pki/key-store/pkcs11/open.ts";
import { openSoftwareKeyStore } from "../pki/key-store/software.ts";
import { joseSignature } from "../protocol/ecdsa-signature.ts";
import { type Configuration, ConfigurationError } from "./configuration.ts";

/** `openid-1`, `openid-2`, …: the highest signs, the others are still published for what they have signed. */
const numbered = /^openid-([1-9]\d{0,3})$/;

export interface TokenKeys {
  /** The current signing key first. */
  keys: readonly TokenKey[];
  close(): Promise<void>;
}

/**
 * The keys that sign parties' access tokens and ID tokens, in the gateway's own key store: a PKCS#11 token if one is set (never
 * the one with the CA's keys), otherwise encrypted files. The first start generates the first key.
 */
export async function openTokenKeys(configuration: Configuration, passphrase: string): Promise<TokenKeys> {
  const { store, close } = await openStore(configuration, passphrase);
  const ids = await idsIn(store);
  if (ids.length === 0) ids.push(await firstKey(store));
  return { keys: await Promise.all(ids.map((id) => tokenKey(store, id))), close };
}

async function idsIn(store: GeneratingKeyStore): Promise<string[]> {
  const numberOf = (id: string): number => Number(numbered.exec(id)?.[1] ?? 0);
  const ids = (await store.list()).filter((id) => numberOf(id) > 0);
  return ids.toSorted((a, b) => numberOf(b) - numberOf(a));
}

/** Two gateways that start concurrently generate one key: the second finds it. */
async function firstKey(store: GeneratingKeyStore): Promise<string> {
  const id = "openid-1";
  await store.generate(id, "P-256").catch(async (error: unknown) => {
    if (!(await idsIn(store)).includes(id)) throw error;
  });
  return id;
}

async function tokenKey(store: GeneratingKeyStore, id: string): Promise<TokenKey> {
  const spki = Buffer.from(await store.publicKey(id));
  const jwk = createPublicKey({ key: spki, format: "der", type: "spki" }).export({ format: "jwk" }) as JWK;
  const kid = await calculateJwkThumbprint(jwk);
  return {
    kid,
    publicJwk: { ...jwk, kid, use: "sig", alg: "ES256" },
    sign: async (data) => joseSignature((await store.sign(id, data)).signature),
  };
}

async function openStore(
  configuration: Configuration,
  passphrase: string,
): Promise<{ store: GeneratingKeyStore; close: () => Promise<void> }> {
  const {
    KAZASU_OPENID_PKCS11_MODULE: module,
    KAZASU_OPENID_PKCS11_TOKEN: token,
    KAZASU_OPENID_PKCS11_PIN_FILE: file,
  } = configuration;
  if (module === undefined && token === undefined && file === undefined) {
    const store = await openSoftwareKeyStore(`${configuration.KAZASU_KEYS}/openid`, passphrase);
    return { store, close: async () => {} };
  }
  if (module === undefined || token === undefined || file === undefined)
    throw new ConfigurationError(
      "KAZASU_OPENID_PKCS11_MODULE, KAZASU_OPENID_PKCS11_TOKEN and KAZASU_OPENID_PKCS11_PIN_FILE must all be set, or none.",
    );
  const store = await openPkcs11KeyStore({ module, token, pin: (await readFile(file, "utf8")).trim() });
  return { store, close: () => store.close() };
}
