import { randomUUID } from "node:crypto";
import { calculateJwkThumbprint, exportJWK } from "jose";
import type { Provider } from "oidc-provider";
import type { PartyCaller } from "./party-caller.ts";

/** An access token of a login that nobody answered, bound to the party's key unless `isBound` is false. */
export async function accessTokenOf(
  provider: Provider,
  party: PartyCaller,
  scope: string,
  isBound = true,
): Promise<string> {
  const client = await provider.Client.find(party.clientId);
  if (!client) throw new Error("The client is not registered.");
  const token = new provider.AccessToken({
    accountId: randomUUID(),
    client,
    scope,
    grantId: randomUUID(),
    gty: "authorization_code",
  });
  if (isBound) {
    const jkt = await calculateJwkThumbprint(await exportJWK((await party.dpop).publicKey));
    (token as unknown as { setThumbprint(kind: "jkt", value: string): void }).setThumbprint("jkt", jkt);
  }
  return token.save();
}
