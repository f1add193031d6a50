import { calculateJwkThumbprint, type JWK } from "jose";
import { audit } from "../../registry/audit/lines.ts";
import type { Connection } from "../../registry/database.ts";
import { lockClientKeys, storeClientKeys } from "../../registry/party/client-keys.ts";
import type { PartyClient } from "../../registry/party/clients.ts";
import { Refusal } from "../refusal.ts";
import { isUsable, KeyUnusable, readClientKey } from "./public-key.ts";

/** How many keys a client may have, ended ones included. */
export const mostKeys = 8;
/** After every change some key must be usable for this long, so that the party can notice a mistake. */
const leastLifeMs = 24 * 3_600_000;

/** A client of a party, and the thumbprint of the registered key with which it proved itself. */
export interface KeyHolder {
  partyId: string;
  clientId: string;
  key?: string | undefined;
}

/** A registered key, by its thumbprint (RFC 7638). */
export interface RegisteredKey {
  thumbprint: string;
  jwk: JWK;
}

/** The client with only those of its registered keys that are not ended. */
export function withUsableKeys(client: PartyClient, now: Date): PartyClient {
  if (!("jwks" in client)) return client;
  return { ...client, jwks: { keys: client.jwks.keys.filter((key) => isUsable(key, now)) } };
}

/** The keys with their thumbprints, in the order of their registration. */
export const registeredKeys = (keys: readonly JWK[]): Promise<RegisteredKey[]> =>
  Promise.all(keys.map(async (jwk) => ({ jwk, thumbprint: await calculateJwkThumbprint(jwk) })));

/**
 * Adds a public key beside the others, so that the old and the new one overlap.
 * @param given the key, a JWK with a `kid` that no other has
 * @param expiresAt when it ends; `undefined`: never
 * @throws Refusal CLIENT_KEYS_PUBLISHED, CLIENT_KEY_UNUSABLE
 */
export async function addKey(
  connection: Connection,
  holder: KeyHolder,
  { given, expiresAt }: { given: unknown; expiresAt: Date | undefined },
  now: Date,
): Promise<RegisteredKey[]> {
  const { keys, issuer } = await lockedKeys(connection, holder, now);
  const { exp: _replaced, ...key } = readKey(given, issuer);
  const thumbprint = await calculateJwkThumbprint(key);
  if (keys.some(({ jwk }) => jwk.kid === key.kid))
    throw unusable("has the kid of another one: choose a new kid");
  if (keys.some((other) => other.thumbprint === thumbprint)) throw unusable("is registered already");
  if (keys.length >= mostKeys) throw unusable(`is one too many: remove one of the ${mostKeys} first`);
  const jwk = { ...key, ...endOf(expiresAt) };
  if (!isUsable(jwk, now)) throw unusable("would have ended already: choose a later time");
  return store(connection, holder, [...keys, { jwk, thumbprint }], {
    act: "client-key-added",
    thumbprint,
    expiresAt,
  });
}

/**
 * Sets when a key ends; `undefined`: never.
 * @throws Refusal NOT_FOUND, CLIENT_KEYS_PUBLISHED, CLIENT_KEY_NEEDED
 */
export async function setKeyExpiry(
  connection: Connection,
  holder: KeyHolder,
  { thumbprint, expiresAt }: { thumbprint: string; expiresAt: Date | undefined },
  now: Date,
): Promise<RegisteredKey[]> {
  const { keys } = await lockedKeys(connection, holder, now);
  const { jwk: old } = find(keys, thumbprint);
  const { exp: _replaced, ...key } = old as JWK & { exp?: number };
  const jwk: JWK = { ...key, ...endOf(expiresAt) };
  if (!isUsable(jwk, now)) requireOther(holder, thumbprint);
  const changed = keys.map((each) => (each.thumbprint === thumbprint ? { thumbprint, jwk } : each));
  requireLasting(changed, now);
  return store(connection, holder, changed, { act: "client-key-expiry-set", thumbprint, expiresAt });
}

/**
 * Removes a key: neither the last one that is usable for a day, nor the one that this call was made with. A party proves that
 * the successor works by removing the old key with it.
 * @throws Refusal NOT_FOUND, CLIENT_KEYS_PUBLISHED, CLIENT_KEY_NEEDED
 */
export async function removeKey(
  connection: Connection,
  holder: KeyHolder,
  thumbprint: string,
  now: Date,
): Promise<RegisteredKey[]> {
  const { keys } = await lockedKeys(connection, holder, now);
  find(keys, thumbprint);
  requireOther(holder, thumbprint);
  const left = keys.filter((each) => each.thumbprint !== thumbprint);
  requireLasting(left, now);
  return store(connection, holder, left, { act: "client-key-removed", thumbprint });
}

/** The keys, locked; the caller's own may have been removed a moment ago. */
async function lockedKeys(connection: Connection, holder: KeyHolder, now: Date) {
  const locked = await lockClientKeys(connection, holder);
  if (!locked) throw new Refusal({ code: "NOT_FOUND", detail: "The client is no longer registered." });
  if (!locked.jwks) throw published();
  const keys = await registeredKeys(locked.jwks.keys);
  requireGoodKey(keys, holder.key, now);
  return { issuer: locked.issuer, keys };
}

/** Whether the key with this thumbprint is registered, and not ended. */
export const isGoodKey = (keys: readonly RegisteredKey[], used: string | undefined, now: Date): boolean =>
  keys.some(({ thumbprint, jwk }) => thumbprint === used && isUsable(jwk, now));

/**
 * The key that a token was gotten with is still good: it ends with its removal, and not with its tokens.
 * @param used its thumbprint; a token without one is refused
 * @throws Refusal PARTY_TOKEN_INVALID
 */
export function requireGoodKey(keys: readonly RegisteredKey[], used: string | undefined, now: Date): void {
  if (isGoodKey(keys, used, now)) return;
  throw new Refusal({
    code: "PARTY_TOKEN_INVALID",
    detail: "The client's key that the token was gotten with was removed, or has ended.",
  });
}

async function store(
  connection: Connection,
  { clientId, partyId }: KeyHolder,
  keys: RegisteredKey[],
  change: {
    act: "client-key-added" | "client-key-expiry-set" | "client-key-removed";
    thumbprint: string;
    expiresAt?: Date | undefined;
  },
): Promise<RegisteredKey[]> {
  await storeClientKeys(connection, clientId, { keys: keys.map(({ jwk }) => jwk) });
  const { act, thumbprint, expiresAt } = change;
  await audit(connection, act, partyId, {
    client: clientId,
    thumbprint,
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }),
  });
  return keys;
}

const endOf = (expiresAt: Date | undefined): { exp?: number } =>
  expiresAt === undefined ? {} : { exp: Math.floor(expiresAt.getTime() / 1_000) };

function find(keys: readonly RegisteredKey[], thumbprint: string): RegisteredKey {
  const found = keys.find((each) => each.thumbprint === thumbprint);
  if (!found) throw new Refusal({ code: "NOT_FOUND", detail: "The client has no such key." });
  return found;
}

/** The key is not the one that this call was made with. */
function requireOther({ key }: KeyHolder, changed: string): void {
  if (key === changed)
    throw needed("This call was made with that key: get a token with its successor, and use that.");
}

function requireLasting(keys: readonly RegisteredKey[], now: Date): void {
  const tomorrow = new Date(now.getTime() + leastLifeMs);
  if (!keys.some(({ jwk }) => isUsable(jwk, tomorrow)))
    throw needed("No other key would be usable for a day: add its successor first.");
}

function readKey(given: unknown, issuer: PartyClient["issuer"]) {
  try {
    return readClientKey(given, issuer);
  } catch (error) {
    if (!(error instanceof KeyUnusable)) throw error;
    throw unusable(error.message);
  }
}

/** A client whose keys are at its `jwks_uri` changes them there. */
export const published = (): Refusal =>
  new Refusal({
    code: "CLIENT_KEYS_PUBLISHED",
    detail: "The client's keys are read from its registered jwks_uri.",
  });
const unusable = (why: string): Refusal =>
  new Refusal({ code: "CLIENT_KEY_UNUSABLE", detail: `The key ${why}.` });
const needed = (detail: string): Refusal => new Refusal({ code: "CLIENT_KEY_NEEDED", detail });
