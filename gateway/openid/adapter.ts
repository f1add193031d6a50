import type { Adapter, AdapterPayload } from "oidc-provider";
import type { Pool } from "pg";
import { partyScopes } from "../../protocol/events.ts";
import { transactionType } from "../../protocol/transaction.ts";
import { useOnce } from "../../registry/issuance/single-uses.ts";
import { OpenIdStore } from "../../registry/login/openid-store.ts";
import { findPartyClient, type PartyClient } from "../../registry/party/clients.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { errors } from "./library.ts";

/** The provider's storage in Postgres, sealed, because it includes the text that a person is asked to sign. */
export function makeAdapter(pool: Pool, sealer: Sealer, model: string): Adapter {
  const store = new OpenIdStore(pool, model);
  const rowOf = (id: string): string => `openid_payloads/${model}/${id}`;
  const find = async (id: string): Promise<AdapterPayload | undefined> => {
    const found = await store.find(id);
    if (!found) return undefined;
    const { sealed, consumed } = found;
    const opened = sealer.open(Buffer.from(String(sealed), "base64"), rowOf(id)).toString();
    return { ...(JSON.parse(opened) as AdapterPayload), ...(consumed ? { consumed: true } : {}) };
  };
  return {
    find,
    async upsert(id, payload, seconds) {
      const sealed = sealer.seal(Buffer.from(JSON.stringify(payload)), rowOf(id)).toString("base64");
      const { grantId, uid } = payload;
      await store.upsert(id, { sealed }, seconds, { grantId, uid });
    },
    async findByUid(uid) {
      const id = await store.idOfUid(uid);
      return id === undefined ? undefined : find(id);
    },
    async consume(id) {
      // Of two concurrent uses of one code the second fails (RFC 6749 §4.1.2).
      if (!(await store.consume(id))) throw new errors.InvalidGrant("It was already used.");
    },
    destroy: (id) => store.destroy(id),
    revokeByGrantId: (grantId) => store.revokeByGrantId(grantId),
    // The device flow is disabled.
    findByUserCode: async () => undefined,
  };
}

/** Longer than the maximum age of any accepted proof or assertion, seconds. */
const proofSeconds = 3_600;

/**
 * Used proofs and assertions. The provider first looks up and then stores: here the lookup itself stores, so that of two
 * concurrent uses one is refused, with the provider's own error.
 */
export function replayAdapter(pool: Pool): Adapter {
  const nothing = async (): Promise<undefined> => undefined;
  return {
    async find(id) {
      const isNew = await useOnce(pool, "provider-proof", id, proofSeconds);
      return isNew ? undefined : { jti: id, kind: "ReplayDetection" };
    },
    upsert: nothing,
    consume: nothing,
    destroy: nothing,
    revokeByGrantId: nothing,
    findByUid: nothing,
    findByUserCode: nothing,
  };
}

/** Clients are registered by the operator only. */
export function clientAdapter(pool: Pool): Adapter {
  const readOnly = async (): Promise<never> => {
    throw new Error("Clients are registered by the operator.");
  };
  return {
    async find(id) {
      const client = id.length <= 128 ? await findPartyClient(pool, id) : undefined;
      return client && metadataOf(client);
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

/** The provider's fetch: clients' keys are read from the registry, and pings are sent to registered endpoints. */
export function makeFetch(
  pool: Pool,
  fetchOutside: (url: string, init: RequestInit) => Promise<Response>,
): (url: string, init: RequestInit) => Promise<Response> {
  return async (url, init) => {
    const { origin, pathname } = new URL(url);
    const [, what, id = ""] = pathname.split("/");
    const client =
      origin === registryOrigin ? await findPartyClient(pool, decodeURIComponent(id)) : undefined;
    if (client && what === "keys") return Response.json(client.jwks);
    if (client?.backchannel?.delivery === "ping" && what === "ping")
      return fetchOutside(client.backchannel.endpoint, init);
    throw new Error("The provider may not fetch anything else.");
  };
}

/** A client's metadata, from its registration (OpenID Connect Dynamic Client Registration §2, CIBA Core §4). */
function metadataOf({ id, partyId, jwks, redirectUris, backchannel }: PartyClient): AdapterPayload {
  const logsIn = redirectUris.length > 0;
  return {
    client_id: id,
    ...(backchannel ? { jwks_uri: addressOf(id, "keys") } : { jwks }),
    scope: ["openid", ...partyScopes].join(" "),
    redirect_uris: redirectUris,
    authorization_details_types: [transactionType],
    response_types: logsIn ? ["code"] : [],
    grant_types: [
      "client_credentials",
      ...(logsIn ? ["authorization_code"] : []),
      ...(backchannel ? [backchannelGrant] : []),
    ],
    // Subjects are pairwise by party. The standard requires a sector identifier URI; this name cannot resolve and is never
    // fetched.
    sector_identifier_uri: `https://${partyId}.sector.invalid/`,
    ...(backchannel ? { backchannel_token_delivery_mode: backchannel.delivery } : {}),
    ...(backchannel?.delivery === "ping"
      ? { backchannel_client_notification_endpoint: addressOf(id, "ping") }
      : {}),
  };
}
