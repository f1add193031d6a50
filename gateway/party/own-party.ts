import type { FastifyRequest } from "fastify";
import type * as z from "zod";
import { type RegisteredKey, registeredKeys, requireGoodKey } from "../../domain/party/client-keys.ts";
import { isUsable } from "../../domain/party/public-key.ts";
import { malformed, Refusal } from "../../domain/refusal.ts";
import type { PartyClient } from "../../registry/party/clients.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { byParty, type Description, described, refused } from "../openapi/described.ts";
import { requireParty } from "../openid/party-token.ts";
import type { OwnInterfaceDeps } from "./deps.ts";

/** The caller: its client, and the key that it proved itself with. */
export interface OwnParty {
  partyId: string;
  clientId: string;
  key?: string;
  client: PartyClient;
}

/**
 * The party of a request to its own interface: a token with the scope `party`, gotten with a key that is still good, so that a
 * key ends here with its removal and not with its tokens.
 * @throws Refusal PARTY_TOKEN_INVALID, TOO_MANY_REQUESTS
 */
export async function requireOwnParty(deps: OwnInterfaceDeps, request: FastifyRequest): Promise<OwnParty> {
  const caller = await requireParty(deps, request, "party");
  const { partyId, clientId, client, key } = caller;
  // Published keys are the party's own to end.
  if ("jwks" in client) requireGoodKey(await registeredKeys(client.jwks.keys), key, deps.clock());
  return { partyId, clientId, client, ...(key === undefined ? {} : { key }) };
}

/** Like {@link requireOwnParty}, for a change; there may be few of them. */
export async function requireChange(deps: OwnInterfaceDeps, request: FastifyRequest): Promise<OwnParty> {
  const own = await requireOwnParty(deps, request);
  deps.limits?.partyChange(own.partyId);
  return own;
}

/** Options of a route of the party's own interface. */
export const own = ({ response, ...description }: Description) =>
  described({ ...byParty("party"), ...description, response: { ...response, ...refused } });

/** @throws Refusal MALFORMED_REQUEST, which names the malformed place */
export function read<T extends z.ZodType>(schema: T, given: unknown): z.infer<T> {
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw malformed("The request does not match the schema of this address", parsed.error);
  return parsed.data;
}

/** The client's registered keys as shown to the party. */
export function shownKeys(keys: readonly RegisteredKey[], used: string | undefined, now: Date) {
  return keys.map(({ thumbprint, jwk }) => {
    const { exp } = jwk as { exp?: number };
    return {
      thumbprint,
      kid: jwk.kid ?? "",
      kty: jwk.kty ?? "",
      ...(jwk.alg === undefined ? {} : { alg: jwk.alg }),
      ...(jwk.crv === undefined ? {} : { crv: jwk.crv }),
      ...(exp === undefined ? {} : { expiresAt: new Date(exp * 1_000).toISOString() }),
      usable: isUsable(jwk, now),
      current: thumbprint === used,
    };
  });
}

/** Cursors of a party's lists, sealed: the ids and times in them may say more than the page. */
export function sealedCursors(sealer: Sealer, { list, partyId }: { list: string; partyId: string }) {
  const row = `cursor/${list}/${partyId}`;
  return {
    show: (cursor: string | undefined) =>
      cursor === undefined ? {} : { next: sealer.seal(Buffer.from(cursor), row).toString("base64url") },
    /** @throws Refusal MALFORMED_REQUEST if it is no cursor of this list and party */
    open(shown: string | undefined): string | undefined {
      if (shown === undefined) return undefined;
      try {
        return sealer.open(Buffer.from(shown, "base64url"), row).toString();
      } catch {
        throw new Refusal({
          code: "MALFORMED_REQUEST",
          detail: "after: use `next` of the page before, unchanged.",
        });
      }
    },
  };
}
