import { PartyRefused } from "../../domain/party/registering.ts";
import type { Parties } from "../persons/parties.ts";
import { adviceOn, adviceOnRefusal, PartyUnfit } from "./party-advice.ts";
import { keyOf } from "./ready-clients.ts";

/** Where to find the generated key of a client. */
interface Generated {
  kid: string;
  keyFile: string;
  pemFile: string;
}

/**
 * Registers the party under test; with `makeKey` its client's key is generated, or is the one generated before.
 * @param folder of generated keys
 * @throws PartyUnfit with what to change; ZodError
 */
export async function registerOnTrial(parties: Parties, folder: string, body: unknown): Promise<object> {
  const advice = adviceOn(body);
  if (advice.length > 0) throw new PartyUnfit(advice);
  const { makeKey, ...asked } = body as Record<string, unknown> & { id: string; client?: string };
  const register = (order: object) =>
    parties.register(order).catch((error: unknown) => {
      throw error instanceof PartyRefused ? new PartyUnfit([adviceOnRefusal(error)]) : error;
    });
  if (makeKey !== true) return register(asked);
  const { jwks, ...generated }: Generated & { jwks: unknown } = await keyOf(folder, asked.client ?? asked.id);
  return { ...(await register({ ...asked, jwks })), ...generated };
}
