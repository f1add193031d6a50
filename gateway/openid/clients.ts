import { createHash } from "node:crypto";
import type { Adapter, AdapterPayload } from "oidc-provider";
import type { Pool } from "pg";
import { partyScopes } from "../../protocol/events.ts";
import type { IssuerName } from "../../protocol/issuer.ts";
import { transactionType } from "../../protocol/transaction.ts";
import type { PartyClient } from "../../registry/party/clients.ts";
import { type FetchOutside, keysOf, keysSeconds } from "./client-keys.ts";
import { oidcScopes } from "./scope-claims.ts";
import { findUsableClient } from "./usable-client.ts";

/** The clients of one issuer, as registered: to the other issuer they are unknown. */
export function clientAdapter(
  { pool, clock }: { pool: Pool; clock: () => Date },
  issuer: IssuerName,
): Adapter {
  const readOnly = async (): Promise<never> => {
    throw new Error("Clients are registered by the operator.");
  };
  return {
    async find(id) {
      const client = id.length <= 128 ? await findUsableClient(pool, id) : undefined;
      return client?.issuer === issuer ? metadataOf(client, clock()) : undefined;
    },
    upsert: readOnly,
    consume: readOnly,
    destroy: readOnly,
    revokeByGrantId: readOnly,
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
  };
}

export const backchannelGrant = "urn:openid:params:grant-type:ciba";

/**
 * The provider requires URLs where we have rows: for the keys of a client with pairwise subjects and a back channel, and, https
 * only, for its ping endpoint (the test setting has http). These URLs are resolved to the registry only.
 */
const registryOrigin = "https://registry.invalid";
const addressOf = (clientId: string, what: "keys" | "ping"): string =>
  `${registryOrigin}/${what}/${encodeURIComponent(clientId)}`;

/**
 * Other registered keys are at another address, and published ones at another each minute: the provider, which reads an address
 * again only when a signature does not verify, uses no key that is removed or ended.
 */
function keysAddressOf(client: PartyClient, now: Date): string {
  const address = addressOf(client.id, "keys");
  if (!("jwks" in client)) return `${address}/${Math.floor(now.getTime() / (1_000 * keysSeconds))}`;
  return `${address}/${createHash("sha256").update(JSON.stringify(client.jwks)).digest("base64url")}`;
}

/**
 * The provider's fetch: clients' keys are read from the registry or from where the party publishes them, and pings are sent to
 * registered endpoints.
 */
export function makeFetch({
  pool,
  fetchOutside,
  clock,
}: {
  pool: Pool;
  fetchOutside: FetchOutside;
  clock: () => Date;
}): (url: string, init: RequestInit) => Promise<Response> {
  return async (url, init) => {
    const { origin, pathname } = new URL(url);
    const [, what, id = ""] = pathname.split("/");
    const client =
      origin === registryOrigin ? await findUsableClient(pool, decodeURIComponent(id)) : undefined;
    if (client && what === "keys") return keysOf(client, { fetchOutside, now: clock() });
    if (client?.backchannel?.delivery === "ping" && what === "ping")
      return fetchOutside(client.backchannel.endpoint, init);
    throw new Error("The provider may not fetch anything else.");
  };
}

/** A client's metadata, from its registration (OpenID Connect Dynamic Client Registration §2, CIBA Core §4). */
function metadataOf(client: PartyClient, now: Date): AdapterPayload {
  const { id, partyId, idTokenAlg, redirectUris, backchannel } = client;
  // The provider requires a URI for a pairwise client with a back channel.
  const hasKeysHere = "jwks" in client && !backchannel;
  return {
    client_id: id,
    ...(hasKeysHere ? { jwks: client.jwks } : { jwks_uri: keysAddressOf(client, now) }),
    redirect_uris: redirectUris,
    ...(idTokenAlg ? { id_token_signed_response_alg: idTokenAlg } : {}),
    // Subjects are pairwise by party. The standard requires a sector identifier URI; this name cannot resolve and is never
    // fetched.
    sector_identifier_uri: `https://${partyId}.sector.invalid/`,
    ...(client.issuer === "oidc" ? loginOnly : everything(client)),
  };
}

/** At the issuer `oidc` a client logs people in, and does nothing else. */
const loginOnly = {
  scope: oidcScopes.join(" "),
  response_types: ["code" as const],
  grant_types: ["authorization_code"],
};

function everything({ id, redirectUris, backchannel }: PartyClient) {
  const logsIn = redirectUris.length > 0;
  return {
    scope: ["openid", ...partyScopes].join(" "),
    authorization_details_types: [transactionType],
    response_types: logsIn ? ["code" as const] : [],
    grant_types: [
      "client_credentials",
      ...(logsIn ? ["authorization_code"] : []),
      ...(backchannel ? [backchannelGrant] : []),
    ],
    ...(backchannel ? { backchannel_token_delivery_mode: backchannel.delivery } : {}),
    ...(backchannel?.delivery === "ping"
      ? { backchannel_client_notification_endpoint: addressOf(id, "ping") }
      : {}),
  };
}
