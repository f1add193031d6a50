import { readFile, stat, writeFile } from "node:fs/promises";
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from "jose";
import { z } from "zod";
import { type OperatorKey, operatorKey } from "../protocol/approval.ts";

const file = operatorKey.extend({ jwk: operatorKey.shape.jwk.extend({ d: z.string().length(43) }) });

/** Generates an operator's key in its own file (mode 0600) and returns the entry for the lists of operators. */
export async function makeOperatorKey(name: string, path: string): Promise<OperatorKey> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const made = await exportJWK(privateKey);
  const jwk = { ...made, kid: await calculateJwkThumbprint(made) };
  const key = file.parse({ name, jwk });
  // wx: never overwrite an existing key.
  await writeFile(path, `${JSON.stringify(key, undefined, 2)}\n`, { mode: 0o600, flag: "wx" });
  const { d: _secret, ...publicPart } = key.jwk;
  return { name, jwk: publicPart };
}

/** Reads it. @throws Error in one sentence if others may read the file, or if it is not such a key */
export async function readOperatorKey(path: string): Promise<{ kid: string; privateKey: CryptoKey }> {
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0)
    throw new Error(`Others may read the operator's key ${path}: set mode 0600, or generate a new one.`);
  const parsed = file.safeParse(JSON.parse(await readFile(path, "utf8")));
  if (!parsed.success)
    throw new Error(`${path} is not an operator's key; generate one with "operation key".`);
  const { jwk } = parsed.data;
  return { kid: jwk.kid, privateKey: (await importJWK(jwk as JWK, "ES256")) as CryptoKey };
}
