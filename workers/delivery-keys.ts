import { join } from "node:path";
import webPush from "web-push";
import { z } from "zod";
import { readOrCreateKeyFile } from "./key-file.ts";
import { newSigningJwk, type SigningKey, signingJwk, signingKey } from "./signing-jwk.ts";

/** The keys that sign events to parties and pushes to phones. They authenticate the sender and decrypt nothing. */
export interface DeliveryKeys {
  /** Keys of Security Event Tokens, by a stream's algorithm; parties verify them with `/jwks.json`. */
  events: { ES256: SigningKey; RS256: SigningKey };
  /** VAPID (RFC 8292): base64url, as used by Web Push libraries. */
  vapid: { publicKey: string; privateKey: string };
}

const fileSchema = z.object({
  events: z.object({ ES256: signingJwk, RS256: signingJwk }),
  vapid: z.object({ publicKey: z.string(), privateKey: z.string() }),
});

/** Reads `<directory>/delivery-keys.json`, or creates it at the first start. */
export async function ensureDeliveryKeys(directory: string): Promise<DeliveryKeys> {
  const path = join(directory, "delivery-keys.json");
  const { events, vapid } = await readOrCreateKeyFile(path, fileSchema, newKeys);
  const [ES256, RS256] = await Promise.all([signingKey(events.ES256), signingKey(events.RS256)]);
  return { events: { ES256, RS256 }, vapid };
}

async function newKeys(): Promise<z.infer<typeof fileSchema>> {
  const [ES256, RS256] = await Promise.all([newSigningJwk("ES256"), newSigningJwk("RS256")]);
  return { events: { ES256, RS256 }, vapid: webPush.generateVAPIDKeys() };
}
