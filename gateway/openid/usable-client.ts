import type { Pool } from "pg";
import { withUsableKeys } from "../../domain/party/client-keys.ts";
import { findPartyClient, type PartyClient } from "../../registry/party/clients.ts";

/** A client with those of its registered keys that are not ended. */
export async function findUsableClient(pool: Pool, id: string): Promise<PartyClient | undefined> {
  const client = await findPartyClient(pool, id);
  return client && withUsableKeys(client, new Date());
}
