import { z } from "zod";
import { problem } from "../../protocol/problem.ts";

/** OpenAPI 3.1 path items, as far as this document uses them. */
export type Paths = Record<string, Record<string, object>>;

/** How a schema stands in the document: what is sent may leave out what has a default, what is answered has it. */
export const json = (schema: z.ZodType, io: "input" | "output" = "output") => ({
  "application/json": { schema: z.toJSONSchema(schema, { io }) },
});

const problemDocument = {
  description: "A refusal: an RFC 9457 problem with a stable type, what happened and what to do next",
  content: { "application/problem+json": { schema: z.toJSONSchema(problem) } },
};

/** Whatever is asked: what may be refused, and that we may be away for a moment. */
export const refused = { "4XX": problemDocument, "503": problemDocument };

/** An operation with a JSON body and a JSON answer. */
export const operation = (summary: string, body: z.ZodType, answer: z.ZodType) => ({
  summary,
  requestBody: { required: true, content: json(body, "input") },
  responses: { 200: { description: "Done", content: json(answer) }, ...refused },
});

/** The parameter that makes a request one that is carried out once. */
export const idempotencyKey = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description: "The same request with the same key has the first answer, for a day",
  schema: { type: "string", pattern: '^"[A-Za-z0-9-]{8,128}"$' },
};

/** Who asks: a party's token that is bound to its key. */
export const byParty = (scope: string) => ({ security: [{ party: [scope] }] });
