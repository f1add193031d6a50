import type { FastifyInstance } from "fastify";
import * as z from "zod";
import { issuerUrl } from "../../protocol/issuer.ts";
import { storedText } from "../../protocol/stored-text.ts";
import { addSubject, removeSubject } from "../../registry/notification/removed-subjects.ts";
import type { Stream } from "../../registry/notification/streams.ts";
import { nothing } from "../openapi/described.ts";
import type { SharedSignalsDeps } from "./deps.ts";
import { onStream } from "./descriptions.ts";
import { named, onOwnStream } from "./own-stream.ts";

const changed = z.object({
  ...named,
  subject: z.looseObject({
    format: z.string(),
    id: storedText(256).optional(),
    iss: z.string().optional(),
    sub: storedText(256).optional(),
  }),
  verified: z.boolean().nullish(),
});

/**
 * `/ssf/subjects:add` and `/ssf/subjects:remove` (Shared Signals Framework 1.0 §8.1.3). At first every person is a subject, if the
 * person consents; the party can remove one, whose events it then no longer gets, and add it again. A subject that the party does
 * not have is answered in the same way (§9.1).
 */
export function streamSubjectRoutes(server: FastifyInstance, deps: SharedSignalsDeps): void {
  server.post(
    "/ssf/subjects::add",
    onStream({
      summary: "Receive events about a person again",
      body: changed,
      response: { 200: nothing("Taken") },
    }),
    async (request, reply) => {
      const { stream, asked } = await onOwnStream(deps, request, changed, request.body);
      const pseudonym = pseudonymIn(asked.subject, stream, deps.publicUrl);
      if (pseudonym !== undefined) await addSubject(deps.pool, stream.id, pseudonym);
      return reply.code(200).send();
    },
  );

  server.post(
    "/ssf/subjects::remove",
    onStream({
      summary: "Receive no events about a person",
      body: changed,
      response: { 204: nothing("Done") },
    }),
    async (request, reply) => {
      const { stream, asked } = await onOwnStream(deps, request, changed, request.body);
      const pseudonym = pseudonymIn(asked.subject, stream, deps.publicUrl);
      if (pseudonym !== undefined) await removeSubject(deps.pool, stream, pseudonym);
      return reply.code(204).send();
    },
  );
}

/** The pseudonym in a subject of either format; `undefined` if it is none of ours. */
function pseudonymIn(
  { format, id, iss, sub }: z.infer<typeof changed>["subject"],
  { subjectIssuer }: Pick<Stream, "subjectIssuer">,
  publicUrl: string,
): string | undefined {
  if (format === "opaque") return id;
  return format === "iss_sub" && iss === issuerUrl(publicUrl, subjectIssuer) ? sub : undefined;
}
