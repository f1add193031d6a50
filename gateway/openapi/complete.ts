import { problemOf } from "../../protocol/problem.ts";
import { type RefusalCode, refusals } from "../../protocol/refusals.ts";
import { exampleOf, type Schema } from "./example.ts";
import { oauthErrorsOf, refusalsOf } from "./refusals-of.ts";

interface Media {
  schema: Schema;
  example?: unknown;
  examples?: Record<string, { summary?: string; value: unknown }>;
}
interface Answer {
  description: string;
  content?: Record<string, Media>;
}
interface Operation {
  parameters?: { name: string; schema: Schema; example?: unknown }[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, Answer>;
}
export interface OpenApiDocument {
  paths?: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, unknown> };
}

const anyRefusal = "4XX";
const problemJson = "application/problem+json";
const problemReference = { $ref: "#/components/schemas/Problem" } as const;
/** A token without the scope of the operation (RFC 6750 §3.1): the same refusal with another status. */
const withoutScope = { code: "PARTY_TOKEN_INVALID", status: "403" } as const;

/**
 * Completes the document that is made from the routes: an example for every parameter, body and answer, and instead of `4XX` each
 * status that occurs, with the codes that it has there. Throws Error if an operation is not listed in `refusals-of.ts`.
 */
export function completed<Document extends OpenApiDocument>(document: Document): Document {
  let problem: Schema | undefined;
  for (const [path, methods] of Object.entries(document.paths ?? {})) {
    for (const [method, operation] of Object.entries(methods)) {
      const name = `${method.toUpperCase()} ${path}`;
      problem ??= operation.responses[anyRefusal]?.content?.[problemJson]?.schema;
      addRefusals(name, operation);
      addExamples(operation);
    }
  }
  if (problem)
    document.components = {
      ...document.components,
      schemas: { ...document.components?.schemas, Problem: problem },
    };
  return document;
}

function addRefusals(name: string, operation: Operation): void {
  const { [anyRefusal]: any, ...others } = operation.responses;
  const [codes, errors] = [refusalsOf[name], oauthErrorsOf[name]];
  if (!codes && !errors) throw new Error(`${name} is not listed in gateway/openapi/refusals-of.ts.`);
  const schema = any?.content?.["application/json"]?.schema;
  const answers = codes ? problemAnswers([...codes, "TRY_AGAIN"]) : oauthAnswers(errors ?? {}, schema ?? {});
  operation.responses = { ...others, ...answers };
}

function problemAnswers(codes: readonly RefusalCode[]): Record<string, Answer> {
  const listed = [...new Set(codes)].map((code) => ({ code, status: String(refusals[code].status) }));
  const all = codes.includes(withoutScope.code) ? [...listed, withoutScope] : listed;
  const statuses = [...new Set(all.map(({ status }) => status))].toSorted();
  return Object.fromEntries(
    statuses.map((status) => {
      const here = all.filter((each) => each.status === status).map(({ code }) => code);
      const schema: Schema = {
        allOf: [problemReference],
        properties: { code: { enum: here }, status: { const: Number(status) } },
      };
      const examples = here.map((code) => [code, { value: problemExample(code, Number(status)) }]);
      const description = here.map((code) => `\`${code}\`: ${refusals[code].what.en}`).join(" ");
      return [
        status,
        { description, content: { [problemJson]: { schema, examples: Object.fromEntries(examples) } } },
      ];
    }),
  );
}

const problemExample = (code: RefusalCode, status: number): object => ({
  ...problemOf(code, {
    detail: refusals[code].what.en,
    instance: "urn:uuid:5f0c2a4e-4e1b-4c9e-8f57-2d1f0a9c3b7d",
    language: "en",
  }),
  status,
});

function oauthAnswers(errors: Record<string, readonly string[]>, schema: Schema): Record<string, Answer> {
  return Object.fromEntries(
    Object.entries(errors).map(([status, names]) => {
      const examples = Object.fromEntries(names.map((error) => [error, { value: { error } }]));
      const description = `An OAuth error: ${names.join(", ")}`;
      return [status, { description, content: { "application/json": { schema, examples } } }];
    }),
  );
}

function addExamples({ parameters = [], requestBody, responses }: Operation): void {
  for (const parameter of parameters) parameter.example ??= exampleOf(parameter.schema, parameter.name);
  const answers = Object.values(responses).flatMap(({ content }) => Object.values(content ?? {}));
  for (const media of [...Object.values(requestBody?.content ?? {}), ...answers])
    if (media.examples === undefined) media.example ??= exampleOf(media.schema);
}
