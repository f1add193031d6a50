import { z } from "zod";
import { registeredName } from "../../protocol/names.ts";
import { openDatabase } from "../../registry/database.ts";
import { isLocalReceiver } from "../../workers/outbound.ts";
import { addParty, partyRegistration } from "../../workers/register-party.ts";

/** An operator's registration of a party (`kazasu party add`), with defaults for a first test. */
const order = z.looseObject({
  id: registeredName,
  app: registeredName.optional(),
  attestation: partyRegistration.shape.attestation.default("optional"),
  /** The client's public keys; without them the party has only an app. */
  jwks: z.unknown().optional(),
});

/**
 * Registers or updates a party, its app and its client, as an operator does elsewhere.
 * @param database postgres:// URL of the registry
 * @throws ZodError; PartyRefused
 */
export async function registerForTrial(database: string, body: unknown): Promise<object> {
  const { jwks, ...said } = order.parse(body);
  const asked = { ...said, app: said.app ?? `${said.id}-app` } as z.input<typeof partyRegistration>;
  const pool = openDatabase(database, { max: 1 });
  try {
    return { ...(await addParty(pool, asked, jwks, { allow: isLocalReceiver })), app: asked.app };
  } finally {
    await pool.end();
  }
}
