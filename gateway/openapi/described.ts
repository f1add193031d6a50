import type { FastifySchema } from "fastify";
import * as z from "zod";
import { problem } from "../../protocol/problem.ts";

/** A schema that a description names, or an answer of another media type than JSON. */
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
  /** The media types of the body; JSON where nothing is said. */
  consumes?: string[];
  security?: Record<string, string[]>[];
}

/**
 * Options of a route that stands in `/openapi.json`, by the schemas that its handler reads with.
 *
 * They describe and do not validate: a party is answered that its token is no good before anything is said of its body, a phone's
 * message is opened first, and each refusal says in the words of its address where the shape is wrong. Nor do they serialise: what
 * is answered is sent as it was made, the bytes of a refusal included.
 */
export const described = (description: Description) => ({
  // The document's own members are no part of what the framework knows of a schema.
  schema: description as FastifySchema,
  validatorCompiler: () => () => true,
  serializerCompiler: () => JSON.stringify as (data: unknown) => string,
});

const problemDocument = {
  description: "A refusal: an RFC 9457 problem with a stable type, what happened and what to do next",
  content: { "application/problem+json": { schema: problem } },
};

/** Whatever is asked: what may be refused, and that we may be away for a moment. */
export const refused: Answers = { "4xx": problemDocument, "503": problemDocument };

/** An answer in JSON. */
export const json = (description: string, schema: z.ZodType): Answers[string] => ({
  description,
  content: { "application/json": { schema } },
});

/** An answer with nothing in it. */
export const nothing = (description: string): z.ZodType => z.undefined().describe(description);

/** An operation with a JSON body and a JSON answer. */
export const operation = (
  summary: string,
  body: z.ZodType,
  answer: z.ZodType,
  more: Pick<Description, "headers" | "security"> = {},
) => described({ summary, body, response: { 200: json("Done", answer), ...refused }, ...more });

/** The header that makes a request one that is carried out once. */
export const idempotent = {
  headers: z.object({
    "Idempotency-Key": z
      .string()
      .regex(/^"[A-Za-z0-9-]{8,128}"$/)
      .describe("The same request with the same key has the first answer, for a day")
      .optional(),
  }),
};

/** Who asks: a party's token that is bound to its key. */
export const byParty = (scope: string) => ({ security: [{ party: [scope] }] });
