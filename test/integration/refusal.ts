import { expect } from "@jest/globals";
import { type Problem, problem } from "../../protocol/problem.ts";
import { type RefusalCode, refusals } from "../../protocol/refusals.ts";
import { stack } from "./stack.ts";

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

/** Sends whatever is given, as an app gone wrong would: text as it is, anything else as JSON. */
export async function post(
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${stack.gateway}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Holds an answer to RFC 9457 and to the table of refusals, and returns the problem document. */
export function expectRefusal(answer: Answer, code: RefusalCode, status: number): Problem {
  const document: unknown = JSON.parse(answer.text);
  expect(document).toMatchObject({ code, status });
  expect(answer.status).toBe(status);
  expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json(;|$)/);
  const read = problem.parse(document);
  expect(read.type).toBe(`urn:kazasu:problem:${code.toLowerCase().replaceAll("_", "-")}`);
  expect(read.message).toEqual(refusals[code].what);
  expect(read.next).toEqual(refusals[code].next);
  expect(read.message.ja).toMatch(/[\u3040-\u30ff\u4e00-\u9fff]/);
  expect(read.message.en).toMatch(/^[A-Z][\x20-\x7e]+\.$/);
  expect(read.instance).toMatch(/^urn:uuid:/);
  expect(read.detail).not.toBe("");
  return read;
}
