import type { JSONWebKeySet } from "jose";
import * as z from "zod";
import type { IssuerName } from "../../protocol/issuer.ts";
import { type Connection, first } from "../database.ts";

/** How a client learns that its backchannel login is decided (CIBA Core §5): by polling, or by a ping and then polling. */
export type BackchannelDelivery = { delivery: "poll" } | { delivery: "ping"; endpoint: string };

const storedDelivery = z.discriminatedUnion("delivery", [
  z.object({ delivery: z.literal("poll") }),
  z.object({ delivery: z.literal("ping"), endpoint: z.string() }),
]);
/** Keys as stored, each with its type. */
export const storedKeys = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

/** The public keys of a client: registered with it, or published by the party. */
export type ClientKeys = { jwks: JSONWebKeySet } | { jwksUri: string };

/** A client of a party at one issuer: its id, and its public keys. */
export type PartyClient = ClientKeys & {
  id: string;
  partyId: string;
  /** The issuer that it belongs to, for ever. */
  issuer: IssuerName;
  /** The algorithm of its ID tokens; absent: the issuer's default. */
  idTokenAlg?: "ES256" | "RS256";
  /** Where browsers return after a login; empty: the client cannot log in browsers. */
  redirectUris: string[];
  /** Absent: the client has no backchannel login. */
  backchannel?: BackchannelDelivery;
};

export type NewPartyClient = ClientKeys &
  Pick<PartyClient, "id" | "partyId" | "idTokenAlg" | "backchannel"> &
  Partial<Pick<PartyClient, "issuer" | "redirectUris">>;

/**
 * Registers a client of a party (of the issuer `openid` by default), or renews its keys and addresses. A client cannot move to
 * another party or issuer.
 */
export async function registerPartyClient(connection: Connection, client: NewPartyClient): Promise<void> {
  await connection.query(
    `insert into party_clients (id, party_id, issuer, jwks, jwks_uri, id_token_alg, redirect_uris, backchannel)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (id) do update
       set jwks = excluded.jwks, jwks_uri = excluded.jwks_uri, id_token_alg = excluded.id_token_alg,
         redirect_uris = excluded.redirect_uris, backchannel = excluded.backchannel
       where party_clients.party_id = excluded.party_id and party_clients.issuer = excluded.issuer`,
    [
      client.id,
      client.partyId,
      client.issuer ?? "openid",
      "jwks" in client ? JSON.stringify(client.jwks) : null,
      "jwksUri" in client ? client.jwksUri : null,
      client.idTokenAlg ?? null,
      client.redirectUris ?? [],
      client.backchannel ? JSON.stringify(client.backchannel) : null,
    ],
  );
}

interface ClientRow {
  id: string;
  partyId: string;
  issuer: IssuerName;
  jwks: unknown;
  jwksUri: string | null;
  idTokenAlg: NonNullable<PartyClient["idTokenAlg"]> | null;
  redirectUris: string[];
  backchannel: unknown;
}

export async function findPartyClient(connection: Connection, id: string): Promise<PartyClient | undefined> {
  const row = first(
    await connection.query<ClientRow>({
      name: "find-party-client",
      text: `select id, party_id as "partyId", issuer, jwks, jwks_uri as "jwksUri", id_token_alg as "idTokenAlg",
               redirect_uris as "redirectUris", backchannel
             from party_clients where id = $1`,
      values: [id],
    }),
  );
  if (!row) return undefined;
  const { jwks, jwksUri, idTokenAlg, backchannel, ...rest } = row;
  return {
    ...rest,
    ...(jwksUri === null ? { jwks: storedKeys.parse(jwks) } : { jwksUri }),
    ...(idTokenAlg === null ? {} : { idTokenAlg }),
    ...(backchannel === null ? {} : { backchannel: storedDelivery.parse(backchannel) }),
  };
}
