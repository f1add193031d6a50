import { createHash, randomUUID } from "node:crypto";
import { calculateJwkThumbprint, exportJWK } from "jose";
import type { Provider } from "oidc-provider";
import type { Person } from "../notification/people.ts";
import { insert } from "../notification/postgres.ts";
import type { PartyCaller } from "./party-caller.ts";
import type { PartyGateway } from "./party-gateway.ts";

/** The rows of a login that the person has answered by a code. */
export async function answeredLogin(
  { registry: { pool }, clock }: PartyGateway,
  party: PartyCaller,
  { personId, partyId, phone }: Person,
): Promise<string> {
  const id = randomUUID();
  await insert(pool, "logins", {
    id,
    channel: "browser",
    party_id: partyId,
    client_id: party.clientId,
    person_id: personId,
    acr: "device",
    shown: "",
    shown_sha256: createHash("sha256").update(id).digest("base64url"),
    number: 10,
    decoys: [11, 12],
    state: "finished",
    via: "qr",
    enrolment_id: phone.enrolmentId,
    created_at: clock.now,
    expires_at: clock.now,
    answered_at: clock.now,
  });
  return id;
}

interface Requested {
  userinfo?: object;
  id_token?: object;
}

/** Reads UserInfo of the issuer `openid` with a token of that login, for which these claims were requested. */
export async function readUserInfo(
  gateway: PartyGateway,
  party: PartyCaller,
  accountId: string,
  claims: Requested,
): Promise<Record<string, unknown>> {
  const { provider, url } = gateway;
  const token = await tokenOf(provider, party, accountId, { claims, scope: "openid" });
  const jkt = await calculateJwkThumbprint(await exportJWK((await party.dpop).publicKey));
  (token as unknown as { setThumbprint(kind: "jkt", value: string): void }).setThumbprint("jkt", jkt);
  const value = await token.save();
  const proof = await party.proof("GET", `${url}/openid/me`, value);
  const { status, body } = await party.send("GET", "/openid/me", { token: value, proof });
  if (status !== 200) throw new Error(`UserInfo answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

/** The same at the issuer `oidc`, by scope too. */
export async function readOidcUserInfo(
  { oidcProvider, url }: PartyGateway,
  party: PartyCaller,
  accountId: string,
  { claims = {}, scope = "openid" }: { claims?: Requested; scope?: string },
): Promise<Record<string, unknown>> {
  const token = await (await tokenOf(oidcProvider, party, accountId, { claims, scope })).save();
  const answer = await fetch(`${url}/oidc/me`, { headers: { authorization: `Bearer ${token}` } });
  if (answer.status !== 200) throw new Error(`UserInfo answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Record<string, unknown>;
}

async function tokenOf(
  provider: Provider,
  { clientId }: PartyCaller,
  accountId: string,
  { claims, scope }: { claims: Requested; scope: string },
) {
  const client = await provider.Client.find(clientId);
  if (!client) throw new Error("The client is not registered.");
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope(scope);
  grant.addOIDCClaims([...Object.keys(claims.userinfo ?? {}), ...Object.keys(claims.id_token ?? {})]);
  return new provider.AccessToken({
    accountId,
    client,
    scope,
    grantId: await grant.save(),
    gty: "authorization_code",
    claims,
  } as ConstructorParameters<typeof provider.AccessToken>[0]);
}
