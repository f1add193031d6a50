import { randomBytes } from "node:crypto";
import { join } from "node:path";
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from "jose";
import { z } from "zod";
import type { CodecKeys } from "../client/data-converter/payload-codec.ts";
import type { SealingKey, ServiceKey } from "../gateway/service-keys.ts";
import type { SealingKeys } from "../registry/sealing.ts";
import { ConfigurationError } from "./configuration.ts";
import { readOrCreateKeyFile } from "./key-file.ts";

/** The services' own secrets; the CA's keys are in the key store. */
export interface ServiceKeys {
  service: ServiceKey;
  sealing: SealingKey;
  /** Encryption at rest of evidence and attributes. */
  evidence: SealingKeys;
  codec: CodecKeys;
  recognition: Uint8Array;
  pseudonym: Uint8Array;
  activation: Uint8Array;
  /** Decrypts the CA's software key store. */
  passphrase: string;
}

const secret = z.base64url().length(43);
const keyRing = z.object({ current: z.string(), keys: z.record(z.string().min(1).max(64), secret) });
const fileSchema = z.object({
  service: z.record(z.string(), z.unknown()),
  sealing: z.record(z.string(), z.unknown()),
  evidence: keyRing,
  codec: keyRing,
  recognition: secret,
  pseudonym: secret,
  activation: secret,
  passphrase: secret,
});

/** Reads `<directory>/service-keys.json`, or creates it at the first start. */
export async function ensureServiceKeys(directory: string): Promise<ServiceKeys> {
  const path = join(directory, "service-keys.json");
  const file = await readOrCreateKeyFile(path, fileSchema, newKeys);
  return {
    service: await serviceKeyOf(file.service),
    sealing: await sealingKeyOf(file.sealing),
    evidence: ringOf(file.evidence),
    codec: ringOf(file.codec),
    recognition: bytes(file.recognition),
    pseudonym: bytes(file.pseudonym),
    activation: bytes(file.activation),
    passphrase: file.passphrase,
  };
}

const bytes = (text: string): Uint8Array => Buffer.from(text, "base64url");
const newSecret = (): string => randomBytes(32).toString("base64url");
const newRing = () => ({ current: "k1", keys: { k1: newSecret() } });

const ringOf = ({ current, keys }: z.infer<typeof keyRing>): SealingKeys => {
  if (!(current in keys))
    throw new ConfigurationError(`The key file names ${current} as its current key but does not hold it.`);
  return { current, keys: new Map(Object.entries(keys).map(([id, text]) => [id, bytes(text)])) };
};

async function newKeys(): Promise<z.input<typeof fileSchema>> {
  const service = await generateKeyPair("ES256", { extractable: true });
  const sealing = await generateKeyPair("ECDH-ES", { crv: "P-256", extractable: true });
  return {
    service: { ...(await exportJWK(service.privateKey)), use: "sig", alg: "ES256" },
    sealing: { ...(await exportJWK(sealing.privateKey)), use: "enc" },
    evidence: newRing(),
    codec: newRing(),
    recognition: newSecret(),
    pseudonym: newSecret(),
    activation: newSecret(),
    passphrase: newSecret(),
  };
}

async function serviceKeyOf(jwk: JWK): Promise<ServiceKey> {
  const { d: _private, ...publicPart } = jwk;
  const kid = await calculateJwkThumbprint(publicPart);
  const privateKey = (await importJWK(jwk, "ES256")) as CryptoKey;
  return { kid, privateKey, publicJwk: { ...publicPart, kid } };
}

async function sealingKeyOf(jwk: JWK): Promise<SealingKey> {
  const { use: _use, ...privatePart } = jwk;
  const { d: _private, ...publicPart } = privatePart;
  const kid = await calculateJwkThumbprint(publicPart);
  const algorithm = { name: "ECDH", namedCurve: "P-256" };
  const privateKey = await crypto.subtle.importKey("jwk", privatePart, algorithm, false, ["deriveBits"]);
  const publicKey = await crypto.subtle.importKey("jwk", publicPart, algorithm, true, []);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));
  return { kid, keyPair: { privateKey, publicKey }, point };
}
