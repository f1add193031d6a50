import type { FastifySchema } from "fastify";
import * as z from "zod";
import { problem } from "../../protocol/problem.ts";

/** A schema for a description, or an answer with another media type than JSON. */
type Answers = Record<
  string,
  z.ZodType | { description: string; content: Record<string, { schema: z.ZodType }> }
>;

export interface Description {
  summary: string;
  body?: z.ZodType;
  params?: z.ZodType;
  querystring?: z.ZodType;
  headers?: z.ZodType;
  response: Answers;
  /** The media types of the body; JSON by default. */
  consumes?: string[];
  security?: Record<string, string[]>[];
}

/**
 * Options of a route documented in `/openapi.json`, with the schemas that its handler uses.
 *
 * They describe and do not validate: a party's token is checked before its body, a phone's message is opened first, and each
 * refusal names the malformed place. Nor do they serialise: an answer is sent as it was built, including the bytes of a
 * refusal.
 */
export const described = (description: Description) => ({
  // The members of the OpenAPI document are not part of the framework's schema type.
  schema: description as FastifySchema,
  validatorCompiler: () => () => true,
  serializerCompiler: () => JSON.stringify as (data: unknown) => string,
});

const problemDocument = {
  description: "A refusal: an RFC 9457 problem with a stable type, what happened and what to do next",
  content: { "application/problem+json": { schema: problem } },
};

/** Answers of every operation: a refusal, or a temporary failure. */
export const refused: Answers = { "4xx": problemDocument, "503": problemDocument };

/** A JSON answer. */
export const json = (description: string, schema: z.ZodType): Answers[string] => ({
  description,
  content: { "application/json": { schema } },
});

/** An empty answer. */
export const nothing = (description: string): z.ZodType => z.undefined().describe(description);

/** An operation with a JSON body and a JSON answer. */
export const operation = (
  summary: string,
  body: z.ZodType,
  answer: z.ZodType,
  more: Pick<Description, "headers" | "security"> = {},
) => described({ summary, body, response: { 200: json("Done", answer), ...refused }, ...more });

/** The header that makes a request idempotent. */
export const idempotent = {
  headers: z.object({
    "Idempotency-Key": z
      .string()
      .regex(/^"[A-Za-z0-9-]{8,128}"$/)
      .describe("The same request with the same key has the first answer, for a day")
      .optional(),
  }),
};

/** The caller: a party, with a token bound to its key. */
export const byParty = (scope: string) => ({ security: [{ party: [scope] }] });
