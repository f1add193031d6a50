import type { JSONWebKeySet } from "jose";
import { type Connection, first } from "./database.ts";

/** A client of a party at the token endpoint: its id, and the public keys it signs with. */
export interface PartyClient {
  id: string;
  partyId: string;
  jwks: JSONWebKeySet;
}

/** Registers a client of a party, or renews its keys. A client never changes hands. */
export async function registerPartyClient(connection: Connection, client: PartyClient): Promise<void> {
  await connection.query(
    `insert into party_clients (id, party_id, jwks) values ($1, $2, $3)
     on conflict (id) do update set jwks = excluded.jwks where party_clients.party_id = excluded.party_id`,
    [client.id, client.partyId, JSON.stringify(client.jwks)],
  );
}

export async function findPartyClient(connection: Connection, id: string): Promise<PartyClient | undefined> {
  return first(
    await connection.query<PartyClient>({
      name: "find-party-client",
      text: 'select id, party_id as "partyId", jwks from party_clients where id = $1',
      values: [id],
    }),
  );
}
