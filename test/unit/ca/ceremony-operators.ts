import { join } from "node:path";
import { afterAll, beforeAll } from "@jest/globals";
import { makeOperator, type Operator } from "./ceremony-holding.ts";
import { scratchDirectory } from "./openssl.ts";

export let scratch: ReturnType<typeof scratchDirectory>;
export let operators: Operator[];
export let stranger: Operator;

export function withOperators(): void {
  beforeAll(async () => {
    scratch = scratchDirectory();
    operators = await Promise.all(["Hanako", "Taro", "Jiro"].map(makeOperator));
    stranger = await makeOperator("Stranger");
  });
  afterAll(() => scratch.remove());
}

export const keysOf = (name: string): string => join(scratch.path, name);
export const [first, second] = [0, 1];
export const two = (): Operator[] => operators.slice(first, second + 1);
