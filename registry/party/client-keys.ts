import type { JSONWebKeySet } from "jose";
import type { IssuerName } from "../../protocol/issuer.ts";
import { type Connection, first } from "../database.ts";
import { storedKeys } from "./clients.ts";

/** The keys of a client, locked until the transaction ends. */
export interface LockedKeys {
  issuer: IssuerName;
  /** Absent: the party publishes them. */
  jwks?: JSONWebKeySet;
}

/** Locks a client of a party; `undefined` if the party has no such client. */
export async function lockClientKeys(
  connection: Connection,
  { clientId, partyId }: { clientId: string; partyId: string },
): Promise<LockedKeys | undefined> {
  const row = first(
    await connection.query<{ issuer: IssuerName; jwks: unknown }>({
      name: "lock-client-keys",
      text: "select issuer, jwks from party_clients where id = $1 and party_id = $2 for update",
      values: [clientId, partyId],
    }),
  );
  return row && { issuer: row.issuer, ...(row.jwks === null ? {} : { jwks: storedKeys.parse(row.jwks) }) };
}

/** Replaces the registered keys of a client. */
export async function storeClientKeys(
  connection: Connection,
  clientId: string,
  jwks: JSONWebKeySet,
): Promise<void> {
  await connection.query({
    name: "store-client-keys",
    text: "update party_clients set jwks = $2 where id = $1 and jwks is not null",
    values: [clientId, JSON.stringify(jwks)],
  });
}
