import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import * as z from "zod";
import { Refusal } from "../../domain/refusal.ts";
import { digest } from "../../protocol/encoding.ts";
import { findNotice } from "../../registry/party/parties.ts";
import { described, refused } from "../openapi/described.ts";

export interface NoticeDeps {
  pool: Pool;
}

/** `GET /v1/notices/<sha256>`: the text itself, so that the app can hash and compare what it shows. */
export function noticeRoute(server: FastifyInstance, deps: NoticeDeps): void {
  server.get<{ Params: { sha256: string } }>(
    "/v1/notices/:sha256",
    described({
      summary: "The text of a published notice",
      params: z.object({ sha256: z.string() }),
      response: {
        200: { description: "The text", content: { "text/plain": { schema: z.string() } } },
        ...refused,
      },
    }),
    async (request, reply) => {
      const asked = digest.safeParse(request.params.sha256);
      const notice = asked.success ? await findNotice(deps.pool, asked.data) : undefined;
      if (!notice)
        throw new Refusal({ code: "NOT_FOUND", detail: "No notice with this digest was ever published." });
      return reply
        .header("content-type", "text/plain; charset=utf-8")
        .header("content-language", notice.language)
        .header("cache-control", "public, max-age=31536000, immutable")
        .send(notice.text);
    },
  );
}
