import { readFile, writeFile } from "node:fs/promises";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JSONWebKeySet } from "jose";
import type { Pool } from "pg";
import { z } from "zod";
import { assertPublicEndpoint } from "../activities/delivery/outbound.ts";
import { issuerNames } from "../protocol/issuer.ts";
import { linkDataset, mostDatasets } from "../protocol/link.ts";
import { bilingual, registeredName } from "../protocol/names.ts";
import { audit } from "../registry/audit/lines.ts";
import { transaction } from "../registry/database.ts";
import { type ClientKeys, findPartyClient, registerPartyClient } from "../registry/party/clients.ts";
import { registerParty } from "../registry/party/parties.ts";

/** An app names a dataset by its words in one language, so that no two may be equal. */
const givenDatasets = z
  .array(linkDataset)
  .max(mostDatasets)
  .refine((datasets) => {
    const names = datasets.flatMap(({ dataset }) => [...new Set([dataset.ja, dataset.en])]);
    return new Set(names).size === names.length;
  }, "two have the same name");

/** What an operator registers: a party, one of its apps, and its client. */
export const partyRegistration = z.strictObject({
  id: registeredName,
  name: bilingual,
  app: registeredName,
  profile: z.enum(["basic", "attribute"]).default("basic"),
  attestation: z.enum(["required", "optional"]).default("required"),
  /** The client's id; default: the party's. */
  client: registeredName.optional(),
  /** All datasets that the party may give under a link: others may no longer be given. Absent: unchanged. */
  datasets: givenDatasets.optional(),
  /** The issuer that the client belongs to; it never changes. */
  issuer: z.enum(issuerNames).default("openid"),
  /** The algorithm of its ID tokens; default: the issuer's. */
  idTokenAlg: z.enum(["ES256", "RS256"]).optional(),
  /** Where the party publishes the client's keys, instead of a JWK Set given here. */
  jwksUri: z.string().max(512).optional(),
  redirectUris: z.array(z.string().max(512)).max(16).default([]),
  backchannel: z
    .discriminatedUnion("delivery", [
      z.strictObject({ delivery: z.literal("poll") }),
      z.strictObject({ delivery: z.literal("ping"), endpoint: z.string().max(512) }),
    ])
    .optional(),
});
export type PartyRegistration = z.input<typeof partyRegistration>;

export interface RegistrationRules {
  /** Internal addresses that are allowed: the loopback interface in the test setting. */
  allow: (url: URL) => boolean;
}

/** Public keys for a client's assertions, without private members; the issuer decides on the algorithms. */
const publicKey = z.looseObject({
  kty: z.enum(["EC", "RSA", "OKP"]),
  kid: z.string().min(1).max(128),
  d: z.never({ error: "is private: use a file with the public key only" }).optional(),
});
const publicKeys = z.strictObject({ keys: z.array(publicKey).min(1).max(8) });

/** The registration was refused; the message says why, in one sentence. */
export class PartyRefused extends Error {
  override name = "PartyRefused";
}

/**
 * Registers a party with an app and, if it has keys, a client, or updates them; with an audit line.
 * @param jwks the client's public keys: a JWK Set
 * @throws PartyRefused: nothing was stored
 */
export async function addParty(
  pool: Pool,
  asked: PartyRegistration,
  jwks: unknown,
  { allow }: RegistrationRules,
): Promise<{ partyId: string; clientId?: string }> {
  const read = partyRegistration.safeParse(asked);
  if (!read.success) throw new PartyRefused(`The party cannot be registered: ${wordsOf(read.error)}.`);
  const { id, name, app, profile, attestation, client, datasets } = read.data;
  const keys = readKeys(read.data, jwks);
  requireFitting(read.data, keys !== undefined, allow);
  const clientId = client ?? id;
  await transaction(pool, async (connection) => {
    const known = await findPartyClient(connection, clientId);
    if (known && known.partyId !== id)
      throw new PartyRefused(
        `The client ${clientId} belongs to another party: use one of its own with --client.`,
      );
    if (known && known.issuer !== read.data.issuer)
      throw new PartyRefused(
        `The client ${clientId} belongs to the issuer ${known.issuer}: register another one with --client.`,
      );
    await registerParty(connection, { id, name, apps: [{ id: app, attestation, profile }], datasets });
    if (keys)
      await registerPartyClient(connection, { id: clientId, partyId: id, ...clientOf(read.data), ...keys });
    await audit(connection, "party-registered", id, {
      app,
      ...(keys ? { client: clientId, issuer: read.data.issuer } : {}),
      ...(datasets ? { datasets: datasets.length } : {}),
    });
  });
  return keys ? { partyId: id, clientId } : { partyId: id };
}

type ReadRegistration = z.output<typeof partyRegistration>;

const clientOf = ({ issuer, idTokenAlg, redirectUris, backchannel }: ReadRegistration) => ({
  issuer,
  redirectUris,
  ...(idTokenAlg ? { idTokenAlg } : {}),
  ...(backchannel ? { backchannel } : {}),
});

function readKeys({ jwksUri }: ReadRegistration, jwks: unknown): ClientKeys | undefined {
  if (jwksUri !== undefined) {
    if (jwks !== undefined)
      throw new PartyRefused("A client has either keys or the address of its keys, not both.");
    return { jwksUri };
  }
  const keys = publicKeys.optional().safeParse(jwks);
  if (!keys.success) throw new PartyRefused(`The client's keys cannot be used: ${wordsOf(keys.error)}.`);
  // Checked above to contain only public keys.
  return keys.data && { jwks: keys.data as unknown as JSONWebKeySet };
}

/** What the client's issuer and the network allow. */
function requireFitting(
  { issuer, idTokenAlg, jwksUri, redirectUris, backchannel }: ReadRegistration,
  hasClient: boolean,
  allow: (url: URL) => boolean,
): void {
  for (const uri of redirectUris) requireRedirect(uri, allow);
  if (jwksUri !== undefined) requireEndpoint("address of the keys", jwksUri, allow);
  if (backchannel?.delivery === "ping") requireEndpoint("ping endpoint", backchannel.endpoint, allow);
  if (issuer === "openid" && idTokenAlg === "RS256")
    throw new PartyRefused(
      "The issuer openid signs ID tokens with ES256 (FAPI 2.0); RS256 is for the issuer oidc.",
    );
  if (issuer === "oidc" && backchannel)
    throw new PartyRefused("Logins without a browser (CIBA) are at the issuer openid.");
  if (issuer === "oidc" && hasClient && redirectUris.length === 0)
    throw new PartyRefused("A client of the issuer oidc logs people in: name its redirect address.");
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
  if (!read.success) throw new Error(`The datasets of ${path} are invalid: ${wordsOf(read.error)}.`);
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

function requireRedirect(uri: string, allow: (url: URL) => boolean): void {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  const isFine =
    url !== undefined &&
    (url.protocol === "https:" || (url.protocol === "http:" && allow(url))) &&
    url.hash === "" &&
    url.username === "" &&
    !uri.includes("*");
  if (!isFine)
    throw new PartyRefused(
      `${uri} is no redirect address: https, whole, without a fragment, credentials or *.`,
    );
}

function requireEndpoint(what: string, endpoint: string, allow: (url: URL) => boolean): void {
  try {
    assertPublicEndpoint(endpoint, allow);
  } catch (error) {
    throw new PartyRefused(`The ${what} is not allowed: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

const wordsOf = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => `${path.join(".") || "it"}: ${message}`).join("; ");
