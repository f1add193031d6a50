import type { FastifyInstance } from "fastify";
import * as z from "zod";
import {
  addKey,
  type RegisteredKey,
  registeredKeys,
  removeKey,
  setKeyExpiry,
} from "../../domain/party/client-keys.ts";
import { keyExpiry, newPartyKey, type PartyKeys, thumbprint } from "../../protocol/own-interface.ts";
import { type Connection, transaction } from "../../registry/database.ts";
import { json } from "../openapi/described.ts";
import type { OwnInterfaceDeps } from "./deps.ts";
import { documented } from "./documented.ts";
import { type OwnParty, own, read, requireChange, requireOwnParty, shownKeys } from "./own-party.ts";

const named = z.object({ thumbprint });
const answer = (status: number) => ({ [status]: json("The client's keys", documented.partyKeys) });

/** `/v1/party/keys`: the keys of the calling client. */
export function partyKeysRoutes(server: FastifyInstance, deps: OwnInterfaceDeps): void {
  const shown = (keys: RegisteredKey[], { key }: OwnParty): PartyKeys => ({
    keys: shownKeys(keys, key, deps.clock()),
  });
  const change = (work: (connection: Connection) => Promise<RegisteredKey[]>) => transaction(deps.pool, work);

  server.get(
    "/v1/party/keys",
    own({ summary: "The client's keys", response: answer(200) }),
    async (request): Promise<PartyKeys> => {
      const caller = await requireOwnParty(deps, request);
      if (!("jwks" in caller.client)) return { keys: [], published: caller.client.jwksUri };
      return shown(await registeredKeys(caller.client.jwks.keys), caller);
    },
  );

  server.post(
    "/v1/party/keys",
    own({
      summary: "Add a public key beside the others",
      body: documented.newPartyKey,
      response: answer(201),
    }),
    async (request, reply) => {
      const caller = await requireChange(deps, request);
      const { jwk: given, expiresAt } = read(newPartyKey, request.body);
      const added = { given, expiresAt: dateOf(expiresAt) };
      const keys = await change((connection) => addKey(connection, caller, added, deps.clock()));
      return reply.code(201).send(shown(keys, caller));
    },
  );

  server.patch<{ Params: { thumbprint: string } }>(
    "/v1/party/keys/:thumbprint",
    own({
      summary: "Set when a key ends, or that it does not",
      params: named,
      body: documented.keyExpiry,
      response: answer(200),
    }),
    async (request) => {
      const caller = await requireChange(deps, request);
      const which = read(named, request.params);
      const { expiresAt } = read(keyExpiry, request.body);
      const changed = { ...which, expiresAt: dateOf(expiresAt ?? undefined) };
      const keys = await change((connection) => setKeyExpiry(connection, caller, changed, deps.clock()));
      return shown(keys, caller);
    },
  );

  server.delete<{ Params: { thumbprint: string } }>(
    "/v1/party/keys/:thumbprint",
    own({ summary: "Remove a key, with a token of its successor", params: named, response: answer(200) }),
    async (request) => {
      const caller = await requireChange(deps, request);
      const { thumbprint: which } = read(named, request.params);
      const keys = await change((connection) => removeKey(connection, caller, which, deps.clock()));
      return shown(keys, caller);
    },
  );
}

const dateOf = (text: string | undefined): Date | undefined =>
  text === undefined ? undefined : new Date(text);
