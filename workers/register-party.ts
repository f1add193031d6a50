import { readFile, writeFile } from "node:fs/promises";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JSONWebKeySet } from "jose";
import type { Pool } from "pg";
import { assertPublicEndpoint } from "../activities/delivery/outbound.ts";
import {
  adviceOn,
  givenDatasets,
  type PartyRegistration,
  registerWith,
} from "../domain/party/registering.ts";
import { transaction } from "../registry/database.ts";

/**
 * Registers a party with an app and, if it has keys, a client, or updates them.
 * @param jwks the client's public keys: a JWK Set
 * @param rules `allow`: internal addresses that are allowed, the loopback interface in the test setting
 * @throws PartyRefused: nothing was stored
 */
export function addParty(
  pool: Pool,
  asked: PartyRegistration,
  jwks: unknown,
  { allow }: { allow: (url: URL) => boolean },
): Promise<{ partyId: string; clientId?: string }> {
  const assertEndpoint = (address: string): void => {
    assertPublicEndpoint(address, allow);
  };
  return transaction(pool, (connection) => registerWith(connection, asked, jwks, { allow, assertEndpoint }));
}

/** Generates a client's key (ES256): writes the private key to a file of mode 0600 and returns the public key. */
export async function makeClientKey(path: string): Promise<JSONWebKeySet> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const { d, ...made } = await exportJWK(privateKey);
  const publicPart = { ...made, kid: await calculateJwkThumbprint(made), alg: "ES256", use: "sig" };
  // wx: never overwrite an existing key.
  await writeFile(path, `${JSON.stringify({ ...publicPart, d }, undefined, 2)}\n`, {
    mode: 0o600,
    flag: "wx",
  });
  return { keys: [publicPart] };
}

/** Reads a party's datasets: an array of `{dataset: {ja, en}, purpose: {ja, en}}`. @throws Error in one sentence */
export async function readDatasets(path: string): Promise<NonNullable<PartyRegistration["datasets"]>> {
  const read = givenDatasets.safeParse(await readJson(path, "datasets"));
  if (!read.success) throw new Error(`The datasets of ${path} are invalid: ${adviceOn(read.error)}.`);
  return read.data;
}

async function readJson(path: string, what: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    throw new Error(`${path} is no JSON: name a file with ${what}.`);
  }
}

/** Reads a client's public keys: a JWK Set, or one JWK. @throws Error in one sentence */
export async function readClientKeys(path: string): Promise<JSONWebKeySet> {
  const parsed = await readJson(path, "a JWK Set of public keys");
  const isSet = typeof parsed === "object" && parsed !== null && "keys" in parsed;
  return (isSet ? parsed : { keys: [parsed] }) as JSONWebKeySet;
}
