import type { JSONWebKeySet } from "jose";
import * as z from "zod";
import { issuerNames } from "../../protocol/issuer.ts";
import { linkDataset, mostDatasets } from "../../protocol/link.ts";
import { bilingual, registeredName } from "../../protocol/names.ts";
import { audit } from "../../registry/audit/lines.ts";
import type { Connection } from "../../registry/database.ts";
import { type ClientKeys, findPartyClient, registerPartyClient } from "../../registry/party/clients.ts";
import { registerParty } from "../../registry/party/parties.ts";
import { mostKeys } from "./client-keys.ts";
import { KeyUnusable, readClientKey } from "./public-key.ts";

/** An app names a dataset by its words in one language, so that no two may be equal. */
export const givenDatasets = z
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
type ReadRegistration = z.output<typeof partyRegistration>;

/** Which addresses of a party may be registered. */
export interface AddressRules {
  /** Internal addresses that are allowed: the loopback interface in the test setting. */
  allow: (url: URL) => boolean;
  /** Throws Error, with the reason as a sentence, if the engine may not send requests to an address. */
  assertEndpoint: (address: string) => void;
}

/** The registration was refused; the message says why and what to change, in one sentence. */
export class PartyRefused extends Error {
  override name = "PartyRefused";
}

/**
 * Registers a party with an app and, if it has keys, a client, or updates them; with an audit line. Keys that are given replace
 * all keys of the client, also those that the party added itself.
 * @param jwks the client's public keys: a JWK Set
 * @throws PartyRefused: nothing was stored
 */
export async function registerWith(
  connection: Connection,
  asked: PartyRegistration,
  jwks: unknown,
  rules: AddressRules,
): Promise<{ partyId: string; clientId?: string }> {
  const read = partyRegistration.safeParse(asked);
  if (!read.success) throw new PartyRefused(`The party cannot be registered: ${adviceOn(read.error)}.`);
  const { id, name, app, profile, attestation, client, datasets, issuer } = read.data;
  const keys = readKeys(read.data, jwks);
  requireFitting(read.data, keys !== undefined, rules);
  const clientId = client ?? id;
  const known = await findPartyClient(connection, clientId);
  if (known && known.partyId !== id)
    throw new PartyRefused(
      `The client ${clientId} belongs to another party: use one of its own with --client.`,
    );
  if (known && known.issuer !== issuer)
    throw new PartyRefused(
      `The client ${clientId} belongs to the issuer ${known.issuer}: register another one with --client.`,
    );
  await registerParty(connection, { id, name, apps: [{ id: app, attestation, profile }], datasets });
  if (keys)
    await registerPartyClient(connection, { id: clientId, partyId: id, ...clientOf(read.data), ...keys });
  await audit(connection, "party-registered", id, {
    app,
    ...(keys ? { client: clientId, issuer } : {}),
    ...(datasets ? { datasets: datasets.length } : {}),
  });
  return keys ? { partyId: id, clientId } : { partyId: id };
}

const clientOf = ({ issuer, idTokenAlg, redirectUris, backchannel }: ReadRegistration) => ({
  issuer,
  redirectUris,
  ...(idTokenAlg ? { idTokenAlg } : {}),
  ...(backchannel ? { backchannel } : {}),
});

const keySet = z.strictObject({ keys: z.array(z.unknown()).min(1).max(mostKeys) });

function readKeys({ jwksUri, issuer }: ReadRegistration, jwks: unknown): ClientKeys | undefined {
  if (jwksUri !== undefined) {
    if (jwks !== undefined)
      throw new PartyRefused("A client has either keys or the address of its keys, not both: leave one out.");
    return { jwksUri };
  }
  if (jwks === undefined) return undefined;
  const set = keySet.safeParse(jwks);
  if (!set.success)
    throw new PartyRefused(
      `The client's keys cannot be used: give a JWK Set, {"keys": [...]}, with 1 to ${mostKeys} public keys.`,
    );
  const keys = set.data.keys.map((given, index) => readKey(given, { issuer, number: index + 1 }));
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length)
    throw new PartyRefused("Two of the client's keys have one kid: give each its own.");
  return { jwks: { keys } satisfies JSONWebKeySet };
}

function readKey(given: unknown, { issuer, number }: { issuer: ReadRegistration["issuer"]; number: number }) {
  try {
    return readClientKey(given, issuer);
  } catch (error) {
    if (!(error instanceof KeyUnusable)) throw error;
    throw new PartyRefused(`The client's key number ${number} ${error.message}.`);
  }
}

/** What the client's issuer and the network allow. */
function requireFitting(
  { issuer, idTokenAlg, jwksUri, redirectUris, backchannel }: ReadRegistration,
  hasClient: boolean,
  rules: AddressRules,
): void {
  for (const uri of redirectUris) requireRedirect(uri, rules);
  if (jwksUri !== undefined) requireEndpoint("address of the keys", jwksUri, rules);
  if (backchannel?.delivery === "ping") requireEndpoint("ping endpoint", backchannel.endpoint, rules);
  if (issuer === "openid" && idTokenAlg === "RS256")
    throw new PartyRefused(
      "The issuer openid signs ID tokens with ES256 (FAPI 2.0): leave RS256 out, or use the issuer oidc.",
    );
  if (issuer === "oidc" && backchannel)
    throw new PartyRefused(
      "Logins without a browser (CIBA) are at the issuer openid: register the client there, or leave CIBA out.",
    );
  if (issuer === "oidc" && hasClient && redirectUris.length === 0)
    throw new PartyRefused("A client of the issuer oidc logs people in: name its redirect address.");
}

function requireRedirect(uri: string, { allow }: AddressRules): void {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  const isFine =
    url !== undefined &&
    (url.protocol === "https:" || (url.protocol === "http:" && allow(url))) &&
    url.hash === "" &&
    url.username === "" &&
    !uri.includes("*");
  if (!isFine)
    throw new PartyRefused(
      `${uri} is no redirect address: use https, the whole address, without a fragment, credentials or *.`,
    );
}

function requireEndpoint(what: string, endpoint: string, { assertEndpoint }: AddressRules): void {
  try {
    assertEndpoint(endpoint);
  } catch (error) {
    throw new PartyRefused(`The ${what} is not allowed: ${(error as Error).message}`, { cause: error });
  }
}

const advice: Record<string, string> = {
  id: "use 1 to 64 lower-case letters, digits and hyphens, without a hyphen at either end",
  name: "1 to 200 characters in each language",
  redirectUris: "at most 16 addresses of at most 512 characters",
};
advice["app"] = advice["client"] = advice["id"] ?? "";

/** What to change, one clause for each member. */
export const adviceOn = ({ issues }: z.ZodError): string =>
  issues
    .map(({ path, message }) => `${path.join(".") || "it"}: ${advice[String(path[0])] ?? message}`)
    .join("; ");
