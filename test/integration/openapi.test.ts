import { readFile, writeFile } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { collectionFile, writtenCollection } from "../../bin/collection.mjs";
import { problem } from "../../protocol/problem.ts";
import { refusals } from "../../protocol/refusals.ts";
import { Phone } from "./phone.ts";
import { stack } from "./stack.ts";

interface Media {
  schema: object;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}
interface Operation {
  summary: string;
  requestBody?: { content: Record<string, Media> };
  parameters?: { name: string; in: string; required: boolean; schema: object; example: unknown }[];
  responses: Record<string, { description: string; content: Record<string, Media> }>;
}
interface OpenApi {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
}

const methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
let document: OpenApi;
let operations: { path: string; method: string; operation: Operation }[];
beforeAll(async () => {
  const response = await fetch(`${stack.gateway}/openapi.json`);
  expect(response.headers.get("content-type")).toMatch(/^application\/json/);
  document = (await response.json()) as OpenApi;
  operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );
});

const speaksOAuth = (path: string): boolean => /^\/(?:openid|oidc)\//.test(path);
const json = expect.stringMatching(/^application\/json/);

/** Every `$ref` in a value. */
function references(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "$ref" ? [String(inner)] : references(inner),
  );
}

describe("/openapi.json", () => {
  test("ok/has the shape of OpenAPI 3.1: operations, each with its parameters and its answers", () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect(document.info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
    expect(operations.length).toBeGreaterThanOrEqual(4);
    for (const { path, method, operation } of operations) {
      expect(path).toMatch(/^\//);
      expect(methods).toContain(method);
      expect(operation.summary).toMatch(/\S/);
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = (operation.parameters ?? []).filter((each) => each.in === "path");
      expect(declared.map(({ name }) => name)).toEqual(inPath);
      expect(declared.every(({ required }) => required)).toBe(true);
      for (const [status, { description, content }] of Object.entries(operation.responses)) {
        expect(status).toMatch(/^(default|[1-5](\d\d|XX))$/);
        expect(description).toMatch(/\S/);
        for (const { schema } of Object.values(content ?? {})) expect(typeof schema).toBe("object");
      }
    }
  });

  test("ok/every reference resolves inside the document", () => {
    const within = (value: unknown, root: unknown): boolean =>
      references(value).every((reference) => {
        const path = reference.replace(/^#\/?/, "").split("/").filter(Boolean);
        const target = path.reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], root);
        return reference.startsWith("#") && target !== undefined;
      });
    expect(within(document, document)).toBe(true);
  });

  test("ok/every refusal is documented under its status, as a problem with its codes, and each code has an example", () => {
    for (const { path, method, operation } of operations.filter(({ path }) => !speaksOAuth(path))) {
      const refused = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400);
      expect([path, method, refused.map(([status]) => status)]).toEqual([
        path,
        method,
        expect.arrayContaining(["400", "429", "503"]),
      ]);
      for (const [status, { content }] of refused) {
        const { schema, examples = {} } = content["application/problem+json"]!;
        const codes = (schema as { properties: { code: { enum: string[] } } }).properties.code.enum;
        expect(Object.keys(examples)).toEqual(codes);
        for (const { value } of Object.values(examples))
          expect(problem.safeParse(value)).toMatchObject({ success: true, data: { status: Number(status) } });
      }
    }
  });

  test("ok/every parameter, body and answer has an example that its schema accepts", () => {
    const valid = (schema: object, example: unknown, where: string) => {
      // What the document names `Problem` is parsed above.
      if (JSON.stringify(schema).includes("$ref")) return;
      expect([
        where,
        z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(example).error,
      ]).toEqual([where, undefined]);
    };
    let count = 0;
    for (const { path, method, operation } of operations) {
      const where = `${method} ${path}`;
      const bodies = Object.values(operation.requestBody?.content ?? {});
      const answers = Object.values(operation.responses).flatMap(({ content }) =>
        Object.values(content ?? {}),
      );
      for (const { schema, example, examples } of [...bodies, ...answers]) {
        const all = examples ? Object.values(examples).map(({ value }) => value) : [example];
        for (const each of all) {
          expect([where, each]).not.toEqual([where, undefined]);
          valid(schema, each, where);
          count += 1;
        }
      }
      for (const { schema, example, name } of operation.parameters ?? [])
        valid(schema, example, `${where} ${name}`);
    }
    expect(count).toBeGreaterThan(operations.length * 3);
  });

  test("ok/the Postman collection of a party is the one made from this document (npm run collection)", async () => {
    const made = writtenCollection(document);
    const file = new URL(`../../${collectionFile}`, import.meta.url);
    if (process.env["UPDATE_DOCS"]) await writeFile(file, made);
    expect(await readFile(file, "utf8")).toBe(made);
    expect(made).toContain("{{gateway}}/v1/attributes");
    expect(made).not.toContain(stack.gateway);
  });

  test("ok/every documented address answers with its own refusal, never with 404", async () => {
    for (const { path, method, operation } of operations) {
      const url = `${stack.gateway}${path.replaceAll(/\{\w+\}/g, "x")}`;
      const response = await fetch(url, {
        method: method.toUpperCase(),
        ...(operation.requestBody ? { headers: { "content-type": "application/json" }, body: "{}" } : {}),
      });
      const body = (await response.json()) as { detail: string; error: string };
      const type = response.headers.get("content-type");
      // RFC 6750 §3.1: without a token UserInfo names no error.
      const error = path.endsWith("/me") ? undefined : expect.stringMatching(/^invalid_/);
      if (speaksOAuth(path)) expect([type, body.error]).toEqual([json, error]);
      else expect([path, type]).toEqual([path, expect.stringMatching(/^application\/problem\+json/)]);
      expect(body.detail).not.toBe("There is no such address.");
    }
  });

  test("ok/a notice is served under its digest, as text", async () => {
    const { notices } = await (await Phone.new()).begin();
    expect(notices.map(({ notice }) => notice.purpose).toSorted()).toEqual([
      "disclosure",
      "register-refresh",
      "terms",
    ]);
    const response = await fetch(`${stack.gateway}/v1/notices/${notices[0]!.notice.sha256}`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(await response.text()).toBe(notices[0]!.text);
  });
});

test("ok//openapi shows the same for people: every address and refusal, without scripts", async () => {
  const response = await fetch(`${stack.gateway}/openapi`);
  expect(response.headers.get("content-type")).toMatch(/^text\/html/);
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  const page = await response.text();
  for (const { path } of operations) expect(page).toContain(`<code>${path}</code>`);
  for (const code of Object.keys(refusals)) expect(page).toContain(`<code>${code}</code>`);
  expect(page).not.toMatch(/<script| src=/);
});
