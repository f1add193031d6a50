import { createPublicKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { calculateJwkThumbprint, type JWK } from "jose";
import type { TokenKey } from "../gateway/openid/signing-key.ts";
import type { GeneratingKeyStore, KeyAlgorithm } from "../pki/key-store/key-store.ts";
import { openPkcs11KeyStore } from "../pki/key-store/pkcs11/open.ts";
import { openSoftwareKeyStore } from "../pki/key-store/software.ts";
import { joseSignature } from "../protocol/ecdsa-signature.ts";
import type { IssuerName } from "../protocol/issuer.ts";
import { type Configuration, ConfigurationError } from "./configuration.ts";

/**
 * The series of keys of each issuer: `openid-1`, `openid-2`, …. The highest of a series signs; the others are still published
 * for what they have signed.
 */
const series = {
  openid: { prefix: "openid", algorithm: "P-256", alg: "ES256" },
  oidcEs256: { prefix: "oidc-es256", algorithm: "P-256", alg: "ES256" },
  oidcRs256: { prefix: "oidc-rs256", algorithm: "RSA-2048", alg: "RS256" },
} as const satisfies Record<string, { prefix: string; algorithm: KeyAlgorithm; alg: TokenKey["alg"] }>;
type Series = (typeof series)[keyof typeof series];

export interface TokenKeys {
  /** By issuer; of each algorithm the current signing key first. */
  keys: Record<IssuerName, readonly TokenKey[]>;
  close(): Promise<void>;
}

/**
 * The keys that sign parties' access tokens and ID tokens, in the gateway's own key store: a PKCS#11 token if one is set (never
 * the one with the CA's keys), otherwise encrypted files. The first start generates the first key of each series. No key signs
 * for both issuers.
 */
export async function openTokenKeys(configuration: Configuration, passphrase: string): Promise<TokenKeys> {
  const { store, close } = await openStore(configuration, passphrase);
  return {
    keys: {
      openid: await keysOf(store, series.openid),
      oidc: [...(await keysOf(store, series.oidcRs256)), ...(await keysOf(store, series.oidcEs256))],
    },
    close,
  };
}

async function keysOf(store: GeneratingKeyStore, of: Series): Promise<TokenKey[]> {
  const ids = await idsIn(store, of);
  if (ids.length === 0) ids.push(await firstKey(store, of));
  return Promise.all(ids.map((id) => tokenKey(store, id, of.alg)));
}

async function idsIn(store: GeneratingKeyStore, { prefix }: Series): Promise<string[]> {
  const numbered = new RegExp(`^${prefix}-([1-9]\\d{0,3})$`);
  const numberOf = (id: string): number => Number(numbered.exec(id)?.[1] ?? 0);
  const ids = (await store.list()).filter((id) => numberOf(id) > 0);
  return ids.toSorted((a, b) => numberOf(b) - numberOf(a));
}

/** Two gateways that start concurrently generate one key: the second finds it. */
async function firstKey(store: GeneratingKeyStore, of: Series): Promise<string> {
  const id = `${of.prefix}-1`;
  await store.generate(id, of.algorithm).catch(async (error: unknown) => {
    if (!(await idsIn(store, of)).includes(id)) throw error;
  });
  return id;
}

async function tokenKey(store: GeneratingKeyStore, id: string, alg: TokenKey["alg"]): Promise<TokenKey> {
  const spki = Buffer.from(await store.publicKey(id));
  const jwk = createPublicKey({ key: spki, format: "der", type: "spki" }).export({ format: "jwk" }) as JWK;
  const kid = await calculateJwkThumbprint(jwk);
  return {
    kid,
    alg,
    publicJwk: { ...jwk, kid, use: "sig", alg },
    async sign(data) {
      const { signature } = await store.sign(id, data);
      return alg === "ES256" ? joseSignature(signature) : signature;
    },
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
