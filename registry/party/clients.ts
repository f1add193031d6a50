import type { JSONWebKeySet } from "jose";
import * as z from "zod";
import { type Connection, first } from "../database.ts";

/** How a client learns that its backchannel login is decided (CIBA Core §5): by polling, or by a ping and then polling. */
export type BackchannelDelivery = { delivery: "poll" } | { delivery: "ping"; endpoint: string };

const storedDelivery = z.discriminatedUnion("delivery", [
  z.object({ delivery: z.literal("poll") }),
  z.object({ delivery: z.literal("ping"), endpoint: z.string() }),
]);
const storedKeys = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

/** A client of a party at the token endpoint: its id, and its public keys. */
export interface PartyClient {
  id: string;
  partyId: string;
  jwks: JSONWebKeySet;
  /** Where browsers return after a login; empty: the client cannot log in browsers. */
  redirectUris: string[];
  /** Absent: the client has no backchannel login. */
  backchannel?: BackchannelDelivery;
}

/** Registers a client of a party, or renews its keys and addresses. A client cannot move to another party. */
export async function registerPartyClient(
  connection: Connection,
  client: Omit<PartyClient, "redirectUris"> & { redirectUris?: string[] },
): Promise<void> {
  await connection.query(
    `insert into party_clients (id, party_id, jwks, redirect_uris, backchannel) values ($1, $2, $3, $4, $5)
     on conflict (id) do update
       set jwks = excluded.jwks, redirect_uris = excluded.redirect_uris, backchannel = excluded.backchannel
       where party_clients.party_id = excluded.party_id`,
    [
      client.id,
      client.partyId,
      JSON.stringify(client.jwks),
      client.redirectUris ?? [],
      client.backchannel ? JSON.stringify(client.backchannel) : null,
    ],
  );
}

export async function findPartyClient(connection: Connection, id: string): Promise<PartyClient | undefined> {
  const row = first(
    await connection.query<
      Omit<PartyClient, "jwks" | "backchannel"> & { jwks: unknown; backchannel: unknown }
    >({
      name: "find-party-client",
      text: `select id, party_id as "partyId", jwks, redirect_uris as "redirectUris", backchannel
             from party_clients where id = $1`,
      values: [id],
    }),
  );
  if (!row) return undefined;
  const { jwks, backchannel, ...rest } = row;
  const client = { ...rest, jwks: storedKeys.parse(jwks) };
  return backchannel === null ? client : { ...client, backchannel: storedDelivery.parse(backchannel) };
}
