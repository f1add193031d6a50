import { z } from "zod";
import { bilingual, registeredName } from "../../protocol/names.ts";
import { openDatabase, transaction } from "../../registry/database.ts";
import { registerParty } from "../../registry/parties.ts";
import { registerPartyClient } from "../../registry/party-clients.ts";

const publicKey = z
  .looseObject({ kty: z.enum(["EC", "RSA", "OKP"]) })
  .refine((key) => !("d" in key), "A private key was given; send the public part alone.");

const order = z.strictObject({
  id: registeredName,
  name: bilingual,
  /** `<id>-app` where nothing is said. */
  apps: z
    .array(
      z.strictObject({
        id: registeredName,
        attestation: z.enum(["required", "optional"]).default("optional"),
        profile: z.enum(["basic", "attribute"]).default("basic"),
      }),
    )
    .min(1)
    .max(8)
    .optional(),
  /** What the party's server proves itself with at the token endpoint. */
  client: z
    .strictObject({
      id: registeredName,
      jwks: z.strictObject({ keys: z.array(publicKey).min(1).max(8) }),
      redirectUris: z.array(z.url().max(512)).max(8).default([]),
    })
    .optional(),
});

/**
 * Registers a party, its apps and its client, or renews them: what an operator does by hand elsewhere. Throws ZodError.
 * @param database postgres:// URL of the registry
 */
export async function addParty(database: string, body: unknown): Promise<object> {
  const { id, name, apps, client } = order.parse(body);
  const party = { id, name, apps: apps ?? [{ id: `${id}-app`, attestation: "optional" as const }] };
  const pool = openDatabase(database, { max: 1 });
  try {
    await transaction(pool, async (connection) => {
      await registerParty(connection, party);
      if (client) await registerPartyClient(connection, { ...client, partyId: id });
    });
  } finally {
    await pool.end();
  }
  return { party, ...(client ? { clientId: client.id } : {}) };
}
