import type { FastifyInstance } from "fastify";
import * as z from "zod";
import { issueStreamToken, revokeStreamTokens } from "../../domain/notification/stream-tokens.ts";
import { transaction } from "../../registry/database.ts";
import { json } from "../openapi/described.ts";
import type { SharedSignalsDeps } from "./deps.ts";
import { doneWithNothing, onStream, streamToken } from "./descriptions.ts";
import { named, onOwnStream } from "./own-stream.ts";

const which = z.object(named);

/**
 * `/ssf/tokens`: bearer tokens of a stream that has opted in to them, for receivers without DPoP. Only the party itself, with a
 * token bound to its key, gets or revokes one. An extension.
 */
export function streamTokenRoutes(server: FastifyInstance, deps: SharedSignalsDeps): void {
  server.post(
    "/ssf/tokens",
    onStream({
      summary: "Issue a bearer token for reading and polling the stream",
      body: which,
      response: { 201: json("The token, shown this once", streamToken) },
    }),
    async (request, reply) => {
      const { stream } = await onOwnStream(deps, request, which, request.body);
      const { token, expiresInSeconds } = await transaction(deps.pool, (connection) =>
        issueStreamToken(connection, stream, deps.clock()),
      );
      return reply.code(201).header("cache-control", "no-store").send({
        stream_id: stream.id,
        access_token: token,
        token_type: "Bearer",
        expires_in: expiresInSeconds,
      });
    },
  );

  server.delete(
    "/ssf/tokens",
    onStream({
      summary: "Revoke all bearer tokens of the stream",
      querystring: which,
      response: doneWithNothing,
    }),
    async (request, reply) => {
      const { stream } = await onOwnStream(deps, request, which, request.query);
      await transaction(deps.pool, (connection) => revokeStreamTokens(connection, stream.id));
      return reply.code(204).send();
    },
  );
}
