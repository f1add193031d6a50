import { createHash, createPrivateKey, type JsonWebKey, X509Certificate } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { JSONWebKeySet, JWK } from "jose";
import { listGenerations } from "../../pki/ca/generation.ts";
import { type IssuerName, issuerNames, issuerUrl } from "../../protocol/issuer.ts";
import { issuedChains } from "../../workers/issued-chains.ts";
import { makeClientKey } from "../../workers/register-party.ts";
import { choosePort } from "../embedded/ports.ts";

/** A client that a developer can use at once. */
export interface ReadyClient {
  issuer: string;
  clientId: string;
  /** The key's id, for the header of assertions. */
  kid: string;
  /** Private key: a JWK, and the same as PKCS#8 PEM. Mode 0600. */
  keyFile: string;
  pemFile: string;
  /** On the loopback interface, where nothing listens until the developer's program does. */
  redirectUri: string;
}

/** What a developer needs for a first login: a client at each issuer, and the CA's root. */
export interface FirstThings {
  issuers: Record<IssuerName, ReadyClient>;
  root: {
    /** PEM. */
    file: string;
    /** Of the certificate's DER, lower-case hexadecimal. */
    sha256: string;
  };
}

export const readyParty = { id: "first-bank", name: { ja: "はじめての銀行", en: "First Bank" } } as const;
const clientIds: Record<IssuerName, string> = { openid: "first-bank", oidc: "first-bank-oidc" };

/** A client's key files in the folder. */
export interface KeyFiles {
  jwks: JSONWebKeySet;
  kid: string;
  keyFile: string;
  pemFile: string;
}

/** Generates a client's key, or reads the one generated before: a private JWK and a PEM file, mode 0600. */
export async function keyOf(folder: string, clientId: string): Promise<KeyFiles> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const keyFile = resolve(folder, `${clientId}.jwk.json`);
  const pemFile = resolve(folder, `${clientId}.pem`);
  await makeClientKey(keyFile).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  const key = JSON.parse(await readFile(keyFile, "utf8")) as JWK & { kid: string };
  const { d: _private, ...publicJwk } = key;
  const pem = createPrivateKey({ key: key as JsonWebKey, format: "jwk" }).export({
    type: "pkcs8",
    format: "pem",
  });
  await writeFile(pemFile, pem, { mode: 0o600 });
  return { jwks: { keys: [publicJwk] }, kid: key.kid, keyFile, pemFile };
}

/**
 * Registers a party with a client at each issuer, with the keys and the redirect address of the last start, and writes the CA's
 * root to a file.
 * @param folder of the keys and the root
 * @param at the gateway's public URL, and the folder of the CA's generations
 * @param register registers a client of the party
 */
export async function readyClients(
  folder: string,
  at: { gateway: string; authority: string },
  register: (asked: object) => Promise<unknown>,
): Promise<FirstThings> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const redirectUri = `http://127.0.0.1:${await redirectPort(folder)}/callback`;
  const ready = async (issuer: IssuerName): Promise<[IssuerName, ReadyClient]> => {
    const clientId = clientIds[issuer];
    const { jwks, ...files } = await keyOf(folder, clientId);
    await register({ ...readyParty, client: clientId, issuer, jwks, redirectUris: [redirectUri] });
    return [issuer, { issuer: issuerUrl(at.gateway, issuer), clientId, ...files, redirectUri }];
  };
  const clients: [IssuerName, ReadyClient][] = [];
  for (const issuer of issuerNames) clients.push(await ready(issuer));
  return {
    issuers: Object.fromEntries(clients) as FirstThings["issuers"],
    root: await writeRoot(folder, at.authority),
  };
}

/** A free port, and the same at every start: a developer's program has it in its configuration. */
async function redirectPort(folder: string): Promise<number> {
  const file = join(folder, "redirect-port");
  const last = Number(await readFile(file, "utf8").catch(() => ""));
  if (last > 0) return last;
  const port = await choosePort(undefined, new Set());
  await writeFile(file, String(port), { mode: 0o600 });
  return port;
}

/** The root of the newest generation. */
async function writeRoot(folder: string, authority: string): Promise<FirstThings["root"]> {
  const newest = (await listGenerations(authority)).at(-1);
  if (newest === undefined) throw new Error("The CA has no generation yet.");
  const root = (await issuedChains(authority)(newest)).at(-1);
  if (root === undefined) throw new Error("The CA's generation has no certificates.");
  const file = resolve(folder, "ca-root.pem");
  const der = Buffer.from(root);
  await writeFile(file, new X509Certificate(der).toString(), { mode: 0o644 });
  return { file, sha256: createHash("sha256").update(der).digest("hex") };
}
